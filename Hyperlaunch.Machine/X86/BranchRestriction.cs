namespace Hyperlaunch.Machine.X86;

/// <summary>How the hypervisor's indirect branches are kept from going where a guest said.</summary>
public enum BranchRestriction
{
    /// <summary>The processor does not predict that way, or is none.</summary>
    NotNeeded,

    /// <summary>EFER.AIBRSE, set once (AMD).</summary>
    Automatic,

    /// <summary>SPEC_CTRL.IBRS, set once (Intel: IBRS_ALL; AMD: IBRS always on).</summary>
    Always,

    /// <summary>SPEC_CTRL.IBRS, written at each exit.</summary>
    AtExits,

    /// <summary>IBPB at each exit: nothing of the guest's is left.</summary>
    Barrier,

    /// <summary>Not at all: the processor lacks the means, or its microcode is too old.</summary>
    Missing,
}
