namespace Hyperlaunch.Machine.X86;

/// <summary>
/// The local APIC's timer by a value of the time-stamp counter (Intel SDM volume 3, section 11.5.4.1), and the processors on
/// which it cannot be trusted before a certain microcode (specification updates: HSE, BDF, BDE, SKX and others, "the APIC timer
/// may not deliver an interrupt in TSC-deadline mode" after the counter was adjusted).
/// </summary>
public static class DeadlineTimer
{
    private const uint Feature = 1u << 24;
    private const int Family = 6;
    private const int AnyStepping = -1;

    // Model, stepping, and the first microcode that is right.
    private static readonly (int Model, int Stepping, uint Microcode)[] s_errata =
    [
        (0x3C, AnyStepping, 0x22), (0x45, AnyStepping, 0x20), (0x46, AnyStepping, 0x17),
        (0x3F, 2, 0x3A), (0x3F, 4, 0x0F),
        (0x3D, AnyStepping, 0x25), (0x47, AnyStepping, 0x17), (0x4F, AnyStepping, 0x0B00_0020),
        (0x56, 2, 0x11), (0x56, 3, 0x0700_000E), (0x56, 4, 0x0F00_000C), (0x56, 5, 0x0E00_0003),
        (0x4E, AnyStepping, 0xB2), (0x5E, AnyStepping, 0xB2), (0x55, 3, 0x0100_0136), (0x55, 4, 0x0200_0014),
        (0x8E, AnyStepping, 0x52), (0x9E, AnyStepping, 0x52),
    ];

    /// <summary>Whether there is one that can be trusted; otherwise the timer counts down.</summary>
    public static bool IsUsable(IHostProcessor processor, IModelRegisters registers)
    {
        if ((processor.Cpuid(1, 0).Ecx & Feature) == 0)
        {
            return false;
        }

        ProcessorModel model = new(processor);
        if (!model.IsIntel || model.IsVirtual || model.Family != Family)
        {
            return true;
        }

        uint microcode = ReadMicrocode(processor, registers);
        for (int i = 0; i < s_errata.Length; i++)
        {
            (int number, int stepping, uint right) = s_errata[i];
            if (number == model.Model && (stepping == AnyStepping || stepping == model.Stepping) && microcode < right)
            {
                return false;
            }
        }

        return true;
    }

    // Intel SDM volume 3, 10.11.7.1: the register is written as 0, CPUID fills it.
    private static uint ReadMicrocode(IHostProcessor processor, IModelRegisters registers)
    {
        const int RevisionShift = 32;
        registers.TryWrite(Msr.PatchLevel, 0);
        processor.Cpuid(1, 0);
        return registers.TryRead(Msr.PatchLevel, out ulong value) ? (uint)(value >> RevisionShift) : 0;
    }
}
