using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>Who asks for something to be done to a domain, by whichever way.</summary>
internal readonly struct ControlCaller
{
    /// <summary>Says who it is.</summary>
    /// <param name="domid">The domain; -1 for the person at the hypervisor's console.</param>
    /// <param name="roles">Its roles.</param>
    public ControlCaller(int domid, DomainRoles roles)
    {
        Domid = domid;
        Roles = roles;
    }

    /// <summary>The domain; -1 for the person at the hypervisor's console.</summary>
    public int Domid { get; }

    /// <summary>Its roles, as the plan gives them.</summary>
    public DomainRoles Roles { get; }

    /// <summary>Whether it is the person at the hypervisor's console, who may do everything.</summary>
    public bool IsHypervisor => Domid < 0;
}
