namespace Hyperlaunch.Domains.Construction;

/// <summary>What a guest may do with a page that is mapped into its address space.</summary>
public enum NestedPageAccess
{
    /// <summary>Read, write and execute: the domain's own memory.</summary>
    Full = 0,

    /// <summary>Read and execute; a write exits.</summary>
    ReadOnly,

    /// <summary>Read and write uncached: the registers of a device.</summary>
    Device,
}
