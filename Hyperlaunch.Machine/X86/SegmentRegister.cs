namespace Hyperlaunch.Machine.X86;

/// <summary>The segment registers, numbered as instructions encode them, and the table registers after them.</summary>
public enum SegmentRegister
{
    /// <summary>ES.</summary>
    Es = 0,

    /// <summary>CS.</summary>
    Cs = 1,

    /// <summary>SS.</summary>
    Ss = 2,

    /// <summary>DS.</summary>
    Ds = 3,

    /// <summary>FS.</summary>
    Fs = 4,

    /// <summary>GS.</summary>
    Gs = 5,

    /// <summary>GDTR: base and limit only.</summary>
    Gdtr = 6,

    /// <summary>IDTR: base and limit only.</summary>
    Idtr = 7,

    /// <summary>LDTR.</summary>
    Ldtr = 8,

    /// <summary>TR.</summary>
    Tr = 9,
}
