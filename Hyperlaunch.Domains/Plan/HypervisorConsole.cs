namespace Hyperlaunch.Domains.Plan;

/// <summary>How domains' console output is shown (option <c>console=</c>).</summary>
public enum HypervisorConsole
{
    /// <summary><c>prefixed</c>: line by line, each begun by the domain that wrote it. The default.</summary>
    Prefixed = 0,

    /// <summary><c>raw</c>: the console domain's bytes unchanged.</summary>
    Raw,
}
