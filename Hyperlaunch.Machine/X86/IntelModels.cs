namespace Hyperlaunch.Machine.X86;

/// <summary>
/// Intel's models of family 6 that what they do not say themselves concerns (Intel, "Affected Processors: Transient Execution
/// Attacks &amp; Related Security Issues by CPU"; for the machine check of a changed page size INTEL-SA-00210).
/// </summary>
internal static class IntelModels
{
    /// <summary>Atoms that execute in order, which speculate nothing.</summary>
    public static bool IsInOrder(uint model) => model is 0x1C or 0x26 or 0x27 or 0x35 or 0x36;

    /// <summary>Atoms and Xeon Phi: other cores than those that the big ones are made of.</summary>
    public static bool IsSmall(uint model) => IsInOrder(model) || IsSilvermont(model)
        || model is 0x5C or 0x5F or 0x7A or 0x86 or 0x96 or 0x9C or 0xBE or 0xAF or 0xB6;

    /// <summary>Silvermont, Airmont and Xeon Phi: no L1TF, but data sampling.</summary>
    public static bool IsSilvermont(uint model) => model is 0x37 or 0x4A or 0x4C or 0x4D or 0x5A or 0x5D or 0x65 or 0x6E or 0x75
        or 0x57 or 0x85;

    /// <summary>Stale data of device accesses: Haswell-EP to Rocket Lake, Tremont.</summary>
    public static bool LeavesStaleData(uint model) => IsSkylakeToComet(model)
        || model is 0x3F or 0x4F or 0x56 or 0x6A or 0x6C or 0x7E or 0x8A or 0xA7 or 0x86 or 0x96 or 0x9C;

    /// <summary>Register file data sampling: the Atom cores from Goldmont to Gracemont, alone or beside others.</summary>
    public static bool LeavesRegisterFiles(uint model) => model is 0x5C or 0x5F or 0x7A or 0x86 or 0x96 or 0x9C or 0xBE
        or 0x97 or 0x9A or 0xB7 or 0xBA or 0xBF;

    /// <summary>Gather data sampling: Skylake to Tiger and Rocket Lake.</summary>
    public static bool LeaksGathers(uint model) => IsSkylakeToComet(model)
        || model is 0x6A or 0x6C or 0x7D or 0x7E or 0x8C or 0x8D or 0xA7;

    private static bool IsSkylakeToComet(uint model) => model is 0x4E or 0x55 or 0x5E or 0x8E or 0x9E or 0xA5 or 0xA6;
}
