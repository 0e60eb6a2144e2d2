namespace Hyperlaunch.Domains.Plan;

/// <summary>What happens to the machine when the last domain has stopped, or none could start (option <c>end=</c>).</summary>
public enum EndAction
{
    /// <summary><c>poweroff</c>: the machine is turned off.</summary>
    PowerOff = 0,

    /// <summary><c>halt</c>: the hypervisor stays at its own console.</summary>
    Halt,

    /// <summary><c>reboot</c>: the machine is restarted.</summary>
    Reboot,
}
