using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The registers of one frame on the stack, 17 words indexed by DWARF register number (System V ABI for AMD64, figure 3.36),
/// except that 7 (RSP) and 15 (R15) change places: CoreLib reads System.Runtime.REGDISPLAY.SP at byte 120.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FrameRegisters
{
    /// <summary>DWARF number of RBX.</summary>
    public const int Rbx = 3;

    /// <summary>DWARF number of RBP.</summary>
    public const int Rbp = 6;

    /// <summary>DWARF number of RSP.</summary>
    public const int Rsp = 7;

    /// <summary>DWARF number of R12; R13 to R15 follow.</summary>
    public const int R12 = 12;

    /// <summary>DWARF number of the return address.</summary>
    public const int Rip = 16;

    private fixed ulong _words[17];

    /// <summary>The register with this DWARF number, 0 to 16.</summary>
    public ulong this[int register]
    {
        readonly get => _words[Index(register)];
        set => _words[Index(register)] = value;
    }

    private static int Index(int register) => register switch
    {
        Rsp => 15,
        15 => Rsp,
        _ => register,
    };
}
