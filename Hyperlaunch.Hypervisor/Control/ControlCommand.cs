namespace Hyperlaunch.Hypervisor.Control;

/// <summary>The commands that there are. <see cref="ControlCommandTable"/> describes them.</summary>
internal enum ControlCommand
{
    /// <summary>None yet.</summary>
    None = 0,

    /// <summary>The commands that the caller may give.</summary>
    Help,

    /// <summary>The domains, a line each.</summary>
    List,

    /// <summary>All about one domain.</summary>
    Show,

    /// <summary>The boot modules.</summary>
    Modules,

    /// <summary>Keeps a domain from running.</summary>
    Pause,

    /// <summary>Lets a domain run.</summary>
    Unpause,

    /// <summary>Ends a domain.</summary>
    Destroy,

    /// <summary>Builds a domain again.</summary>
    Restart,

    /// <summary>Changes what a domain starts with.</summary>
    Set,

    /// <summary>The hypervisor's latest lines.</summary>
    Log,

    /// <summary>What has failed.</summary>
    Failures,

    /// <summary>The preparation is done.</summary>
    Finish,

    /// <summary>Turns the machine off.</summary>
    PowerOff,

    /// <summary>Restarts the machine.</summary>
    Reboot,
}
