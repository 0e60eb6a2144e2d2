namespace Hyperlaunch.Machine.X86;

/// <summary>The exceptions that the hypervisor raises in guests or meets in them (AMD APM volume 2, section 8.2).</summary>
public static class ExceptionVector
{
    /// <summary>#DB.</summary>
    public const byte Debug = 1;

    /// <summary>The non-maskable interrupt, which is none.</summary>
    public const byte Nmi = 2;

    /// <summary>#BP.</summary>
    public const byte Breakpoint = 3;

    /// <summary>#OF.</summary>
    public const byte Overflow = 4;

    /// <summary>#UD.</summary>
    public const byte InvalidOpcode = 6;

    /// <summary>#DF.</summary>
    public const byte DoubleFault = 8;

    /// <summary>#GP.</summary>
    public const byte GeneralProtection = 13;

    /// <summary>#PF.</summary>
    public const byte PageFault = 14;

    /// <summary>#AC.</summary>
    public const byte AlignmentCheck = 17;

    /// <summary>#MC.</summary>
    public const byte MachineCheck = 18;

    /// <summary>The last vector that is an exception's.</summary>
    public const byte Last = 31;
}
