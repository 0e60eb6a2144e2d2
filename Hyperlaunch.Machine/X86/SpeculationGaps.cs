using System;

namespace Hyperlaunch.Machine.X86;

/// <summary>What a processor is open to, because it lacks the means or this code does not use them.</summary>
[Flags]
public enum SpeculationGaps : uint
{
    /// <summary>Nothing that is known.</summary>
    None = 0,

    /// <summary>The processor is of a make that is not judged.</summary>
    Unknown = 1u << 0,

    /// <summary>Branch target injection (CVE-2017-5715).</summary>
    SpectreV2 = 1u << 1,

    /// <summary>Returns steered by branch type confusion (CVE-2022-23825, CVE-2022-29900).</summary>
    Retbleed = 1u << 2,

    /// <summary>Speculative return stack overflow (CVE-2023-20569).</summary>
    Srso = 1u << 3,

    /// <summary>Indirect target selection (CVE-2024-28956).</summary>
    Its = 1u << 4,

    /// <summary>Microarchitectural data sampling (CVE-2018-12126 and others).</summary>
    Mds = 1u << 5,

    /// <summary>Asynchronous aborts of transactions (CVE-2019-11135).</summary>
    Taa = 1u << 6,

    /// <summary>Stale data of device accesses (CVE-2022-21123 and others).</summary>
    Mmio = 1u << 7,

    /// <summary>Register file data sampling (CVE-2023-28746).</summary>
    Rfds = 1u << 8,

    /// <summary>Gather data sampling (CVE-2022-40982).</summary>
    Gds = 1u << 9,

    /// <summary>L1 terminal fault (CVE-2018-3646).</summary>
    L1tf = 1u << 10,

    /// <summary>Transient scheduler attacks (CVE-2024-36350, CVE-2024-36357).</summary>
    Tsa = 1u << 11,

    /// <summary>The other thread of a core sees what this one leaves in what they share.</summary>
    Threads = 1u << 12,
}
