using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Says whether the domains fit into the machine: of the usable memory, less what is reserved and what modules lie in, each
/// domain takes its amount and what the hypervisor spends on it, in the order of creation. A legacy dom0 gets what the others
/// leave.
/// </summary>
internal static class MemoryFit
{
    /// <summary>What the hypervisor spends on a domain besides what depends on its size.</summary>
    internal const ulong OverheadPerDomainKib = 512;

    /// <summary>What it spends on each virtual CPU.</summary>
    internal const ulong OverheadPerCpuKib = 64;

    /// <summary>Nested page tables take at most a page for each 2 MiB, and a little for the levels above: 1 part in 256.</summary>
    private const int PageTableShift = 8;

    /// <summary>Domains are built of large pages, whole and aligned.</summary>
    private const ulong ChunkKib = PageSizes.Chunk >> 10;

    /// <summary>What a domain that takes what is left must get, at least.</summary>
    private const ulong LeastKib = 16 * 1024;

    internal static MemoryBudget Run(
        DomainPlan[] domains, BootModule[] modules, PlanInput input, HypervisorOptions options, PlanProblems problems)
    {
        if (input.MemoryMap == null)
        {
            WarnUnits(domains, problems);
            return new MemoryBudget(false, 0, Needed(domains));
        }

        ulong available = AvailableKib(input.MemoryMap, input.Reserved, modules, options.MemoryLimit);
        ulong left = available;
        ulong needed = 0;
        DomainPlan[] order = CreationOrder.Of(domains);
        for (int index = 0; index < order.Length; index++)
        {
            if (!TakesWhatIsLeft(order[index]))
            {
                needed = SafeSize.Add(needed, Total(order[index], order[index].MemoryKib));
                left -= Take(order[index], left, problems);
            }
        }

        for (int index = 0; index < order.Length; index++)
        {
            if (TakesWhatIsLeft(order[index]))
            {
                ulong taken = TakeRemaining(order[index], left, problems);
                needed = SafeSize.Add(needed, taken);
                left -= taken;
            }
        }

        return new MemoryBudget(true, available, needed);
    }

    /// <summary>What a domain takes of the machine's memory, in KiB, when it has this much.</summary>
    internal static ulong Total(DomainPlan domain, ulong memoryKib)
        => SafeSize.Add(SafeSize.AlignUp(memoryKib, ChunkKib), (memoryKib >> PageTableShift) + OverheadPerDomainKib + domain.VirtualCpus * OverheadPerCpuKib);

    private static bool TakesWhatIsLeft(DomainPlan domain) => domain.IsLegacyDom0;

    /// <summary>Takes a domain's memory of what is left; a domain that does not fit is stopped.</summary>
    /// <returns>What it takes.</returns>
    private static ulong Take(DomainPlan domain, ulong left, PlanProblems problems)
    {
        ulong total = Total(domain, domain.MemoryKib);
        if (total <= left)
        {
            return total;
        }

        ulong possible = Largest(domain, left);
        if (domain.MinimumMemoryKib < domain.MemoryKib && possible >= domain.MinimumMemoryKib)
        {
            problems.Warn(
                ProblemRule.MemoryReduced, domain.Path, "memory", PlanText.Kib(domain.MemoryKib), "at most " + PlanText.Kib(possible),
                "It gets that; its minimum is " + PlanText.Kib(domain.MinimumMemoryKib) + ".");
            domain.MemoryKib = possible;
            return Total(domain, possible);
        }

        problems.StopDomain(
            domain, ProblemRule.MemoryDoesNotFit, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
            "at most " + PlanText.Kib(possible) + ", what is left",
            "It exceeds the machine by " + PlanText.Kib(total - left) + "; the amount is in KiB. Give it less, or the machine more.");
        return 0;
    }

    private static ulong TakeRemaining(DomainPlan domain, ulong left, PlanProblems problems)
    {
        bool asksForAll = domain.TakesRemainingMemory;
        if (!asksForAll && Total(domain, domain.MemoryKib) <= left)
        {
            return Total(domain, domain.MemoryKib);
        }

        ulong possible = Largest(domain, left);
        if (possible < LeastKib)
        {
            problems.StopDomain(
                domain, ProblemRule.MemoryDoesNotFit, domain.Path, "memory", asksForAll ? "all that is left" : PlanText.Kib(domain.MemoryKib),
                "at most " + PlanText.Kib(possible) + ", what is left", "Give the machine more memory, or the other domains less.");
            return 0;
        }

        if (!asksForAll)
        {
            problems.Warn(
                ProblemRule.MemoryClamped, domain.Path, "memory",
                PlanText.Kib(domain.MemoryKib) + " if KiB are meant, " + BytesReading(domain.MemoryKib) + " if bytes were",
                "at most " + PlanText.Kib(possible) + ", what is left",
                "The legacy dom0 gets that; write the amount in KiB.");
        }

        bool hasMaximum = domain.MaximumMemoryKib > domain.MemoryKib;
        domain.MemoryKib = possible;
        domain.MinimumMemoryKib = asksForAll ? possible : Math.Min(domain.MinimumMemoryKib, possible);
        domain.MaximumMemoryKib = hasMaximum ? domain.MaximumMemoryKib : possible;
        return Total(domain, possible);
    }

    /// <summary>The most memory, in whole large pages, that a domain can have of what is left.</summary>
    private static ulong Largest(DomainPlan domain, ulong left)
    {
        ulong overhead = OverheadPerDomainKib + domain.VirtualCpus * OverheadPerCpuKib;
        ulong tables = (left >> PageTableShift) + 1;
        return SafeSize.AlignDown(SafeSize.Subtract(left, overhead + tables), ChunkKib);
    }

    /// <summary>The usable memory that is neither reserved nor a module's, in whole aligned chunks.</summary>
    internal static ulong AvailableKib(MemoryMapEntry[] map, MemoryRange[] reserved, BootModule[] modules, ulong limit)
    {
        MemoryRange[] taken = new MemoryRange[reserved.Length + modules.Length];
        for (int index = 0; index < taken.Length; index++)
        {
            MemoryRange range = index < reserved.Length ? reserved[index] : modules[index - reserved.Length].Range;
            Insert(taken, index, range);
        }

        ulong bytes = 0;
        for (int index = 0; index < map.Length; index++)
        {
            if (map[index].Kind == MemoryKind.Usable)
            {
                ulong start = Math.Max(map[index].Range.Start, ReservedRanges.LowMemory.End);
                bytes += FreeBytes(start, Math.Min(map[index].Range.End, limit), taken);
            }
        }

        return bytes >> 10;
    }

    /// <summary>Keeps the ranges before <paramref name="count"/> sorted by start.</summary>
    private static void Insert(MemoryRange[] ranges, int count, MemoryRange range)
    {
        int place = count;
        while (place > 0 && ranges[place - 1].Start > range.Start)
        {
            ranges[place] = ranges[place - 1];
            place--;
        }

        ranges[place] = range;
    }

    private static ulong FreeBytes(ulong start, ulong end, MemoryRange[] taken)
    {
        ulong bytes = 0;
        for (int index = 0; index < taken.Length && start < end; index++)
        {
            if (!taken[index].IsEmpty && taken[index].End > start)
            {
                bytes += WholeChunks(start, Math.Min(taken[index].Start, end));
                start = Math.Max(start, taken[index].End);
            }
        }

        return bytes + WholeChunks(start, end);
    }

    private static ulong WholeChunks(ulong start, ulong end)
    {
        return SafeSize.Subtract(SafeSize.AlignDown(end, PageSizes.Chunk), SafeSize.AlignUp(start, PageSizes.Chunk));
    }

    private static ulong Needed(DomainPlan[] domains)
    {
        ulong needed = 0;
        for (int index = 0; index < domains.Length; index++)
        {
            if (domains[index].IsLaunchable)
            {
                needed = SafeSize.Add(needed, Total(domains[index], domains[index].MemoryKib));
            }
        }

        return needed;
    }

    /// <summary>Without a machine to compare with, warns of amounts that few machines have and that are usual when bytes are meant.</summary>
    private static void WarnUnits(DomainPlan[] domains, PlanProblems problems)
    {
        const ulong suspiciousKib = 64ul << 20;
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (domain.MemoryKib >= suspiciousKib)
            {
                problems.Warn(
                    ProblemRule.MemoryUnit, domain.Path, "memory",
                    PlanText.Kib(domain.MemoryKib) + " if KiB are meant, " + BytesReading(domain.MemoryKib) + " if bytes were", "",
                    domain.IsLegacyDom0
                        ? "The amount is in KiB; a legacy dom0 gets what is left of the machine when that is less."
                        : "The amount is in KiB; divide it by 1024 if bytes were meant.");
            }
        }
    }

    private static string BytesReading(ulong kib) => PlanText.Kib(kib >> 10);
}
