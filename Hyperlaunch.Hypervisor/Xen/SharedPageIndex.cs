using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>Which of a domain's shared pages (<see cref="GuestMemory.SharedPages"/>) is what.</summary>
internal static class SharedPageIndex
{
    /// <summary>shared_info.</summary>
    public const int Info = 0;

    /// <summary>The console's ring.</summary>
    public const int Console = 1;

    /// <summary>The store's ring.</summary>
    public const int Store = 2;

    /// <summary>What the guest sees where another domain's page was, once that domain has ended.</summary>
    public const int Spare = 3;

    /// <summary>The first frame of the grant table.</summary>
    public const int Grants = 4;

    /// <summary>How many frames the grant table can have: 16,384 grants.</summary>
    public const int GrantFrames = (int)GuestMemory.SharedPages - Grants;
}
