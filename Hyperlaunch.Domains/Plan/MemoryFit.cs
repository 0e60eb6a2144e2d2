using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Says whether the domains fit into the machine, by taking their memory from an allocator like the one that they will be built
/// from, in the order of creation. A legacy dom0 gets what the others leave.
/// </summary>
internal sealed class MemoryFit
{
    /// <summary>What a domain that takes what is left must get, at least.</summary>
    private const ulong LeastKib = 16 * 1024;

    /// <summary>Page tables, marks, and the runs of its memory.</summary>
    private const int AllocationsPerDomain = GuestMemory.MaximumRuns + 2;

    private readonly PageAllocator _allocator;
    private readonly MemoryRange[] _runs = new MemoryRange[GuestMemory.MaximumRuns];
    private readonly PlanProblems _problems;

    private MemoryFit(PageAllocator allocator, PlanProblems problems)
    {
        _allocator = allocator;
        _problems = problems;
    }

    /// <summary>Checks the fit; a domain that does not fit is stopped, one that takes what is left is given it.</summary>
    internal static MemoryBudget Run(
        DomainDraft[] domains, ModuleTable modules, PlanInput input, HypervisorOptions options, PlanProblems problems)
    {
        if (!input.IsMemoryKnown)
        {
            WarnUnits(domains, problems);
            return new MemoryBudget(false, 0, Needed(domains));
        }

        MemoryRange[] reserved = Reserved(input.Reserved, modules);
        PageAllocator allocator = new(
            Below(input.Boot.MemoryMap, options.MemoryLimit), reserved, (domains.Length * AllocationsPerDomain) + 1);
        // Where there is not even room for that, no domain fits either.
        allocator.TryAllocatePages(InterfaceMemory.BytesFor(domains) / PageSizes.Page, out _);
        ulong available = allocator.FreeChunkBytes >> 10;
        ulong needed = new MemoryFit(allocator, problems).TakeAll(CreationOrder.Of(domains));
        return new MemoryBudget(true, available, needed);
    }

    /// <summary>
    /// What a domain takes of the machine's memory, in KiB, when it has this much: its chunks, tables and marks.
    /// </summary>
    internal static ulong Total(ulong memoryKib)
    {
        ulong size = Math.Min(memoryKib, MemoryLayout.MaximumSize >> 10) << 10;
        ulong bytes = SafeSize.AlignUp(size, PageSizes.Chunk);
        return (bytes + GuestMemory.TableBytes(size) + GuestMemory.MarkBytes(bytes)) >> 10;
    }

    /// <summary>Takes every domain's memory, that of those which get what is left at the end.</summary>
    /// <returns>What all of them were to take, in KiB.</returns>
    private ulong TakeAll(DomainDraft[] order)
    {
        ulong needed = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (!order[i].IsLegacyDom0)
            {
                needed = SafeSize.Add(needed, Total(order[i].MemoryKib));
                Take(order[i]);
            }
        }

        for (int i = 0; i < order.Length; i++)
        {
            if (order[i].IsLegacyDom0)
            {
                TakeRemaining(order[i]);
                needed = SafeSize.Add(needed, Total(order[i].MemoryKib));
            }
        }

        return needed;
    }

    private void Take(DomainDraft domain)
    {
        if (TryTake(domain.MemoryKib, domain.IsDirectMapped))
        {
            return;
        }

        ulong possible = LargestKib();
        bool maySuffice = domain.MinimumMemoryKib < domain.MemoryKib && possible >= domain.MinimumMemoryKib;
        if (maySuffice && TryTake(possible, domain.IsDirectMapped))
        {
            _problems.Report(
                ProblemRule.MemoryReduced, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
                "at most " + PlanText.Kib(possible), PlanText.Kib(domain.MinimumMemoryKib));
            domain.MemoryKib = possible;
            return;
        }

        _problems.Report(
            domain, ProblemRule.MemoryDoesNotFit, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
            "at most " + PlanText.Kib(possible) + ", what is left",
            PlanText.Kib(SafeSize.Subtract(domain.MemoryKib, possible)));
    }

    private void TakeRemaining(DomainDraft domain)
    {
        bool asksForAll = domain.TakesRemainingMemory;
        if (!asksForAll && TryTake(domain.MemoryKib, domain.IsDirectMapped))
        {
            return;
        }

        ulong possible = LargestKib();
        if (possible < LeastKib || !TryTake(possible, domain.IsDirectMapped))
        {
            _problems.Report(
                domain, ProblemRule.NoMemoryLeft, domain.Path, "memory",
                asksForAll ? "all that is left" : PlanText.Kib(domain.MemoryKib),
                "at most " + PlanText.Kib(possible) + ", what is left");
            return;
        }

        if (!asksForAll)
        {
            _problems.Report(
                ProblemRule.MemoryClamped, domain.Path, "memory",
                PlanText.Kib(domain.MemoryKib) + " if KiB are meant, " + BytesReading(domain.MemoryKib) + " if bytes were",
                "at most " + PlanText.Kib(possible) + ", what is left");
        }

        bool hasMaximum = domain.MaximumMemoryKib > domain.MemoryKib;
        domain.MemoryKib = possible;
        domain.MinimumMemoryKib = asksForAll ? possible : Math.Min(domain.MinimumMemoryKib, possible);
        domain.MaximumMemoryKib = hasMaximum ? domain.MaximumMemoryKib : possible;
    }

    /// <summary>Takes what <see cref="GuestMemory"/> will take for a domain; all of it or nothing.</summary>
    private bool TryTake(ulong memoryKib, bool isDirectMapped)
    {
        if (memoryKib > MemoryLayout.MaximumSize >> 10)
        {
            return false;
        }

        ulong size = memoryKib << 10;
        ulong bytes = SafeSize.AlignUp(size, PageSizes.Chunk);
        ulong tablePages = GuestMemory.TableBytes(_allocator, bytes, isDirectMapped) / PageSizes.Page;
        if (!_allocator.TryAllocatePages(tablePages, out MemoryRange tables))
        {
            return false;
        }

        if (!_allocator.TryAllocatePages(GuestMemory.MarkBytes(bytes) / PageSizes.Page, out MemoryRange marks))
        {
            _allocator.Free(tables);
            return false;
        }

        if (!GuestMemory.TryTakeRuns(_allocator, bytes, isDirectMapped, _runs, out _))
        {
            _allocator.Free(tables);
            _allocator.Free(marks);
            return false;
        }

        return true;
    }

    private ulong LargestKib() => SafeSize.AlignDown(GuestMemory.LargestSize(_allocator), PageSizes.Chunk) >> 10;

    /// <summary>
    /// What no domain can get: what the hypervisor keeps, and the modules, which stay until the launch is final.
    /// </summary>
    private static MemoryRange[] Reserved(MemoryRange[] kept, ModuleTable modules)
    {
        ReservedRanges reserved = new(1 + kept.Length + modules.Count);
        reserved.TryAdd(ReservedRanges.LowMemory);
        for (int i = 0; i < kept.Length; i++)
        {
            reserved.TryAdd(kept[i]);
        }

        for (int i = 0; i < modules.Count; i++)
        {
            reserved.TryAdd(modules[i].Module.Range);
        }

        return reserved.Ranges.ToArray();
    }

    /// <summary>The part of a memory map below an address.</summary>
    private static MemoryMapEntry[] Below(MemoryMapEntry[] map, ulong limit)
    {
        MemoryMapEntry[] cut = new MemoryMapEntry[map.Length];
        for (int i = 0; i < map.Length; i++)
        {
            MemoryRange range = map[i].Range;
            cut[i] = new MemoryMapEntry(MemoryRange.FromEnd(range.Start, Math.Min(range.End, limit)), map[i].Kind);
        }

        return cut;
    }

    private static ulong Needed(DomainDraft[] domains)
    {
        ulong needed = 0;
        for (int i = 0; i < domains.Length; i++)
        {
            if (domains[i].IsLaunchable)
            {
                needed = SafeSize.Add(needed, Total(domains[i].MemoryKib));
            }
        }

        return needed;
    }

    /// <summary>
    /// Without a machine to compare with, warns of amounts that few machines have and that are usual when bytes are meant.
    /// </summary>
    private static void WarnUnits(DomainDraft[] domains, PlanProblems problems)
    {
        const ulong SuspiciousKib = 64ul << 20;
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (domain.MemoryKib >= SuspiciousKib)
            {
                problems.Report(
                    domain.IsLegacyDom0 ? ProblemRule.Dom0MemoryUnit : ProblemRule.MemoryUnit, domain.Path, "memory",
                    PlanText.Kib(domain.MemoryKib) + " if KiB are meant, " + BytesReading(domain.MemoryKib) + " if bytes were");
            }
        }
    }

    private static string BytesReading(ulong kib) => PlanText.Kib(kib >> 10);
}
