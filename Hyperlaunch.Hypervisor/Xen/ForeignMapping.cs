using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>One mapping of another domain's page: whose, by which grant, and where the guest sees it.</summary>
internal struct ForeignMapping
{
    /// <summary>What it stands for now.</summary>
    public ForeignMappingState State;

    /// <summary>Whether the guest may write the page.</summary>
    public bool IsWriting;

    /// <summary>The domain whose page it is.</summary>
    public uint Granter;

    /// <summary>The entry of that domain's grant table; of a free mapping the next free one.</summary>
    public uint Reference;

    /// <summary>The life of that domain in which it granted the page.</summary>
    public uint Life;

    /// <summary>Where the guest sees it.</summary>
    public GuestAddress Address;
}
