using System;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// Parts of the control block that the processor may keep between runs while their bit says that nobody changed them (AMD APM
/// vol 2, 15.15.3). Ignored by processors that do not offer it.
/// </summary>
[Flags]
internal enum VmcbPart : uint
{
    /// <summary>Everything is loaded from memory.</summary>
    None = 0,

    /// <summary>Intercepts, TSC offset, PAUSE filter.</summary>
    Intercepts = 1 << 0,

    /// <summary>The addresses of the permission maps.</summary>
    PermissionMaps = 1 << 1,

    /// <summary>The address space.</summary>
    AddressSpace = 1 << 2,

    /// <summary>Virtual interrupt control.</summary>
    VirtualInterrupt = 1 << 3,

    /// <summary>Nested paging and the guest's PAT.</summary>
    NestedPaging = 1 << 4,

    /// <summary>CR0, CR3, CR4, EFER.</summary>
    ControlRegisters = 1 << 5,

    /// <summary>DR6 and DR7.</summary>
    DebugRegisters = 1 << 6,

    /// <summary>GDTR and IDTR.</summary>
    DescriptorTables = 1 << 7,

    /// <summary>CS, DS, SS, ES and the privilege level.</summary>
    Segments = 1 << 8,

    /// <summary>CR2.</summary>
    Cr2 = 1 << 9,

    /// <summary>DEBUGCTL and the branch records.</summary>
    BranchRecords = 1 << 10,

    /// <summary>All of these; bits of later processors stay clear.</summary>
    All = (1 << 11) - 1,
}
