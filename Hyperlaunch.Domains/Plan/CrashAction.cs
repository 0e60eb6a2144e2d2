namespace Hyperlaunch.Domains.Plan;

/// <summary>What is done when a domain fails (property <c>hyperlaunch,on-crash</c>).</summary>
public enum CrashAction
{
    /// <summary><c>recover</c>: the domain stays down and the recovery domain is told. The default.</summary>
    Recover = 0,

    /// <summary><c>stop</c>: the domain stays down and nobody is told.</summary>
    Stop,

    /// <summary><c>restart</c>: the domain is built again from its plan.</summary>
    Restart,
}
