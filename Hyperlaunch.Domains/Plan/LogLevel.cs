namespace Hyperlaunch.Domains.Plan;

/// <summary>How much the hypervisor prints (option <c>log=</c>).</summary>
public enum LogLevel
{
    /// <summary><c>info</c>: events and problems. The default.</summary>
    Info = 0,

    /// <summary><c>debug</c>: also what the hypervisor found in the machine, and why it did what it did.</summary>
    Debug,
}
