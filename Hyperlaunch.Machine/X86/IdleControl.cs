namespace Hyperlaunch.Machine.X86;

/// <summary>
/// AMD's enhanced halt state C1E, in which the local APIC's timer stands still: a CPU that halts until its timer fires would not
/// wake (Revision Guide for family 10h, erratum 400; BKDG for family 10h, MSRC001_0055, bits 28 and 27).
/// </summary>
public static class IdleControl
{
    private const int FirstFamily = 0x0F;
    private const int LastFamily = 0x11;
    private const ulong EnterOnHalt = 1 << 28;
    private const ulong InterruptOnHalt = 1 << 27;

    /// <summary>Keeps this CPU from entering it, or from asking firmware to.</summary>
    /// <returns>Whether it was on.</returns>
    public static bool DisableEnhancedHalt(in ProcessorModel model, IModelRegisters registers)
        => model.IsAmd && !model.IsVirtual && model.Family is >= FirstFamily and <= LastFamily
            && registers.TryRead(Msr.InterruptPending, out ulong value)
            && (value & (EnterOnHalt | InterruptOnHalt)) != 0
            && registers.TryWrite(Msr.InterruptPending, value & ~(EnterOnHalt | InterruptOnHalt));
}
