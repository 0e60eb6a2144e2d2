using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>The machine's virtualization extension, enabled on every CPU that runs guests.</summary>
public interface IVirtualization
{
    /// <summary>Its name as people know it: <c>svm</c> or <c>vmx</c>.</summary>
    string Name { get; }

    /// <summary>
    /// What the processor offers of it, as words separated by spaces: the parts that the hypervisor makes use of.
    /// </summary>
    string Features { get; }

    /// <summary>
    /// All words in which the processor says what it offers, as <c>name=0x...</c> separated by spaces: for diagnosis.
    /// </summary>
    string CapabilityWords { get; }

    /// <summary>How its nested page tables are encoded.</summary>
    PageTableFormat NestedPages { get; }

    /// <summary>What protects the CPU that was enabled last from guests' speculation.</summary>
    SpeculationPolicy Speculation { get; }

    /// <summary>Whether the guest calls the hypervisor by VMMCALL; otherwise by VMCALL.</summary>
    bool UsesVmmcall { get; }

    /// <summary>
    /// Makes the state of one guest processor. Allocates, so it is called during launch only; a domain that is built again uses
    /// its processors again.
    /// </summary>
    /// <param name="nestedRoot">Physical address of the domain's nested page-table root.</param>
    /// <returns>The processor, or null when memory for it is lacking.</returns>
    IVirtualProcessor? CreateProcessor(ulong nestedRoot);
}
