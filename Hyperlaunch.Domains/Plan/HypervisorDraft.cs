namespace Hyperlaunch.Domains.Plan;

/// <summary>What is for the hypervisor itself, while the tree is read.</summary>
internal sealed class HypervisorDraft
{
    /// <summary>The arguments of every configuration node, in the order of the tree.</summary>
    internal string BootArguments { get; set; } = "";

    /// <summary>The path of the first node that gives any; empty when none does.</summary>
    internal string BootArgumentsPath { get; set; } = "";

    internal ModuleDraft? Microcode { get; set; }

    internal ModuleDraft? SecurityPolicy { get; set; }
}
