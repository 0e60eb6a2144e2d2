using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The boot modules' bytes: reserved while the launch needs them, then scrubbed and freed, but for those that are to be kept.
/// </summary>
internal sealed class ModuleStore : IModuleBytes
{
    private readonly IPhysicalMemory _memory;
    private readonly PageAllocator _allocator;

    /// <summary>Makes the store.</summary>
    public ModuleStore(IPhysicalMemory memory, PageAllocator allocator)
    {
        _memory = memory;
        _allocator = allocator;
    }

    /// <inheritdoc/>
    public unsafe ReadOnlySpan<byte> Get(BootModule module)
    {
        // Sound because Map answers null for a range that is not all memory, and modules are reserved until they are released.
        byte* bytes = module.Range.Length > int.MaxValue ? null : _memory.Map(module.Range.Start, module.Range.Length);
        return bytes == null ? default : new ReadOnlySpan<byte>(bytes, (int)module.Range.Length);
    }

    /// <summary>
    /// Keeps from every domain what the tree located by address: the boot loader did not list it, so it counts as free so far.
    /// Its first and last page may be shared with a neighbour that is reserved already, and then need nothing.
    /// </summary>
    /// <param name="plan">The plan.</param>
    public void ReserveLocated(LaunchPlan plan)
    {
        for (int i = 0; i < plan.Modules.Length; i++)
        {
            if (plan.Modules[i].IsListed)
            {
                continue;
            }

            MemoryRange range = plan.Modules[i].Module.Range;
            ulong inner = SafeSize.AlignUp(range.Start, PageSizes.Page);
            ulong innerEnd = SafeSize.AlignDown(range.End, PageSizes.Page);
            // No is an answer here: a module may share its first or last page with one that is reserved, or have no page between.
            _allocator.TryReserve(MemoryRange.FromEnd(SafeSize.AlignDown(range.Start, PageSizes.Page), inner));
            _allocator.TryReserve(MemoryRange.FromEnd(inner, innerEnd));
            _allocator.TryReserve(MemoryRange.FromEnd(innerEnd, SafeSize.AlignUp(range.End, PageSizes.Page)));
        }
    }

    /// <summary>Whether a domain that can be built again needs a module.</summary>
    public static bool IsKept(LaunchPlan plan, BootModule module)
    {
        bool isKept = false;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            DomainPlan domain = plan.CreationOrder[i];
            isKept |= domain.IsRestartable && (ReferenceEquals(domain.Kernel, module) || ReferenceEquals(domain.Ramdisk, module));
        }

        return isKept;
    }

    /// <summary>
    /// The boot loader's modules have served their purpose: the memory of those that no domain can need again is scrubbed, so
    /// that no domain finds another's, and given back.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The bytes given back.</returns>
    public unsafe ulong Release(LaunchPlan plan)
    {
        ulong released = 0;
        for (int i = 0; i < plan.Modules.Length; i++)
        {
            BootModule module = plan.Modules[i].Module;
            MemoryRange range = module.Range;
            bool stays = !plan.Modules[i].IsListed || IsKept(plan, module);
            byte* bytes = stays || range.Length > int.MaxValue ? null : _memory.Map(range.Start, range.Length);
            if (bytes != null)
            {
                // Sound because Map gave the whole range, and no domain is built from the module again.
                new Span<byte>(bytes, (int)range.Length).Clear();
                released += _allocator.Release(range);
            }
        }

        return released;
    }
}
