namespace Hyperlaunch.Machine.X86;

/// <summary>What is known of the time-stamp counter of the CPU that executes the call.</summary>
public static class TimeStampCounter
{
    private const uint LeafStructured = 7;
    private const uint FeatureAdjust = 1u << 1;
    private const uint LeafExtended = 0x8000_0000;
    private const uint LeafPower = 0x8000_0007;
    private const uint FeatureInvariant = 1u << 8;
    private const uint Adjust = 0x3B;

    /// <summary>
    /// Whether it runs at one rate in all power states (CPUID 8000_0007h, EDX bit 8; Intel SDM volume 3, section 18.17.1). A
    /// hypervisor below has no power states, and hides the bit for fear of moving its guest to another machine.
    /// </summary>
    public static bool IsInvariant(IHostProcessor processor)
        => new ProcessorModel(processor).IsVirtual
            || (processor.Cpuid(LeafExtended, 0).Eax >= LeafPower
                && (processor.Cpuid(LeafPower, 0).Edx & FeatureInvariant) != 0);

    /// <summary>
    /// What somebody has added to it since its reset, where the processor tells (IA32_TSC_ADJUST; SDM, 18.17.3); 0 elsewhere.
    /// </summary>
    public static ulong ReadAdjustment(IHostProcessor processor, IModelRegisters registers)
        => HasAdjustment(processor) && registers.TryRead(Adjust, out ulong value) ? value : 0;

    /// <summary>Gives it the same adjustment as another CPU's.</summary>
    /// <returns>Whether it had another.</returns>
    public static bool Align(IHostProcessor processor, IModelRegisters registers, ulong adjustment)
        => HasAdjustment(processor)
            && registers.TryRead(Adjust, out ulong value)
            && value != adjustment
            && registers.TryWrite(Adjust, adjustment);

    private static bool HasAdjustment(IHostProcessor processor)
        => processor.Cpuid(0, 0).Eax >= LeafStructured && (processor.Cpuid(LeafStructured, 0).Ebx & FeatureAdjust) != 0;
}
