using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>A module while the plan is made: what is known of its use so far.</summary>
internal sealed class ModuleDraft
{
    internal ModuleDraft(BootModule module, bool isListed)
    {
        Module = module;
        IsListed = isListed;
    }

    internal BootModule Module { get; }

    /// <summary>Whether it is known by its place in the boot loader's order, and not by an address that the tree gave.</summary>
    internal bool IsListed { get; }

    internal ModuleKind Kind { get; set; }

    /// <summary>Bytes that its image needs beyond its own size.</summary>
    internal ulong Headroom { get; set; }

    /// <summary>How many domains are built from it.</summary>
    internal int Owners { get; set; }

    internal ModuleUse ToUse() => new(Module, Kind, Headroom, Owners, IsListed);
}
