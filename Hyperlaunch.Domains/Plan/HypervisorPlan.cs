using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>What a configuration holds for the hypervisor itself.</summary>
public sealed class HypervisorPlan
{
    internal HypervisorPlan(HypervisorOptions options) => Options = options;

    /// <summary>Its options: those of the tree, and over them those of the boot loader's command line.</summary>
    public HypervisorOptions Options { get; internal set; }

    /// <summary>The arguments that the tree's configuration node gives; empty when it gives none.</summary>
    public string BootArguments { get; internal set; } = "";

    /// <summary>The path of the node that gives them.</summary>
    internal string BootArgumentsPath { get; set; } = "";

    /// <summary>Processor microcode, or null.</summary>
    public BootModule? Microcode { get; internal set; }

    /// <summary>The security policy, or null.</summary>
    public BootModule? SecurityPolicy { get; internal set; }
}
