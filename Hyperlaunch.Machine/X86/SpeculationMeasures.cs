using System;

namespace Hyperlaunch.Machine.X86;

/// <summary>
/// What is done around each run of a guest, as the assembly that enters it reads it: a kernel has the same bits.
/// </summary>
[Flags]
public enum SpeculationMeasures : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>At exits: the guest's SPEC_CTRL gives way to the host's, and before entries the other way round.</summary>
    SwitchControl = 1u << 0,

    /// <summary>At exits SPEC_CTRL is written even when its value stays: the write is what protects.</summary>
    WriteControl = 1u << 1,

    /// <summary>At exits: the guest writes SPEC_CTRL without exits, so it is read.</summary>
    ReadControl = 1u << 2,

    /// <summary>At exits: IBPB.</summary>
    Barrier = 1u << 3,

    /// <summary>At exits: the return predictions are overwritten.</summary>
    FillReturns = 1u << 4,

    /// <summary>At exits: the branch history is overwritten.</summary>
    ClearHistory = 1u << 5,

    /// <summary>Before entries: VERW.</summary>
    ClearBuffers = 1u << 6,

    /// <summary>Before the next entry: the L1 data cache is flushed. The assembly clears the bit.</summary>
    FlushL1 = 1u << 7,
}
