using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// What of the checks at an entry depends on the machine, and the sentences about segments: made while allocations are still
/// allowed.
/// </summary>
internal sealed class VmxEntryRules
{
    private static readonly string[] s_segments = ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"];

    private readonly string[][] _sentences;

    /// <summary>Takes what VMX operation fixes in CR0 and CR4, and the width of physical addresses.</summary>
    public VmxEntryRules(ulong cr0Fixed0, ulong cr0Fixed1, ulong cr4Fixed0, ulong cr4Fixed1, int physicalAddressBits)
    {
        Cr0Fixed0 = cr0Fixed0 & ~(ControlBits.Cr0ProtectionEnable | ControlBits.Cr0Paging);
        Cr0Fixed1 = cr0Fixed1;
        Cr4Fixed0 = cr4Fixed0;
        Cr4Fixed1 = cr4Fixed1;
        PhysicalAddressBits = physicalAddressBits;
        _sentences = new string[SegmentCount][];
        for (int segment = 0; segment < SegmentCount; segment++)
        {
            _sentences[segment] = new string[(int)SegmentFault.Count];
            for (SegmentFault fault = 0; fault < SegmentFault.Count; fault++)
            {
                _sentences[segment][(int)fault] = "Guest " + s_segments[segment] + " " + Describe(fault);
            }
        }
    }

    /// <summary>How many segment registers there are: ES, CS, SS, DS, FS, GS, LDTR, TR.</summary>
    public static int SegmentCount => s_segments.Length;

    /// <summary>CR0 bits that an unrestricted guest must have set.</summary>
    public ulong Cr0Fixed0 { get; }

    /// <summary>CR0 bits that may be set.</summary>
    public ulong Cr0Fixed1 { get; }

    /// <summary>CR4 bits that must be set.</summary>
    public ulong Cr4Fixed0 { get; }

    /// <summary>CR4 bits that may be set.</summary>
    public ulong Cr4Fixed1 { get; }

    /// <summary>The width of the machine's physical addresses, 36 to 52.</summary>
    public int PhysicalAddressBits { get; }

    /// <summary>A fault of a segment register in a sentence.</summary>
    /// <param name="segment">0 to <see cref="SegmentCount"/> - 1.</param>
    /// <param name="fault">What is wrong with it.</param>
    public string Sentence(uint segment, SegmentFault fault) => _sentences[segment][(int)fault];

    private static string Describe(SegmentFault fault) => fault switch
    {
        SegmentFault.Virtual8086 => "is not as virtual-8086 mode has it.",
        SegmentFault.WideBase => "has a base beyond 32 bits.",
        SegmentFault.NotCanonical => "has a base that is not canonical.",
        SegmentFault.NoCode => "has a type that is neither accessed code nor, for an unrestricted guest, data.",
        SegmentFault.LongAndDefault => "has both L and D.",
        SegmentFault.NoData => "has a type that cannot be loaded, or is not accessed.",
        SegmentFault.System => "is a system segment.",
        SegmentFault.Privilege => "has a privilege level that does not fit the mode, or CS and SS do not agree.",
        SegmentFault.NoLocalTable => "is no local descriptor table.",
        SegmentFault.NoTask => "is no busy task state.",
        SegmentFault.NotPresent => "is usable but not present.",
        SegmentFault.ReservedRights => "has reserved bits in its access rights.",
        _ => "has a limit that does not fit its granularity.",
    };
}
