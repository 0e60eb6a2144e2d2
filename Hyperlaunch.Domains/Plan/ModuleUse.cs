using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>A module of a launch: what it is used as, and by how many.</summary>
public sealed class ModuleUse
{
    internal ModuleUse(BootModule module, ModuleKind kind, ulong headroom, int owners, bool isListed)
    {
        Module = module;
        Kind = kind;
        Headroom = headroom;
        Owners = owners;
        IsListed = isListed;
    }

    /// <summary>The module.</summary>
    public BootModule Module { get; }

    /// <summary>What it is used as.</summary>
    public ModuleKind Kind { get; }

    /// <summary>
    /// Bytes that its image needs beyond its own size, to unpack itself in place; 0 for what is not a packed kernel.
    /// </summary>
    public ulong Headroom { get; }

    /// <summary>How many domains are built from it.</summary>
    public int Owners { get; }

    /// <summary>Whether it is known by its place in the boot loader's order, and not by an address that the tree gave.</summary>
    public bool IsListed { get; }
}
