using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>What a configuration holds for the hypervisor itself. Immutable.</summary>
public sealed class HypervisorPlan
{
    internal HypervisorPlan(HypervisorDraft draft, HypervisorOptions options)
    {
        Options = options;
        BootArguments = draft.BootArguments;
        Microcode = draft.Microcode?.Module;
        SecurityPolicy = draft.SecurityPolicy?.Module;
    }

    /// <summary>Its options: those of the tree, and over them those of the boot loader's command line.</summary>
    public HypervisorOptions Options { get; }

    /// <summary>The arguments that the tree's configuration node gives; empty when it gives none.</summary>
    public string BootArguments { get; }

    /// <summary>Processor microcode, or null.</summary>
    public BootModule? Microcode { get; }

    /// <summary>The security policy, or null.</summary>
    public BootModule? SecurityPolicy { get; }
}
