namespace Hyperlaunch.Machine.X86;

/// <summary>
/// The machine check architecture of the CPU that executes the call (Intel SDM volume 3, section 16.8; AMD APM volume 2, section
/// 9.5). Until CR4.MCE is set, an error that it would report shuts the CPU down, in a guest as in the hypervisor (SDM, 27.9).
/// </summary>
public static class MachineChecks
{
    /// <summary>
    /// The most banks: so many have registers in the range that all processors share. AMD's scalable banks appear there, too.
    /// </summary>
    public const int MaximumBanks = 32;

    // CPUID 1, EDX: the exception, and the registers.
    private const uint FeatureException = 1u << 7;
    private const uint FeatureArchitecture = 1u << 14;

    private const uint Capabilities = 0x179;
    private const uint CountMask = 0xFF;
    private const ulong HasControl = 1 << 8;
    private const uint Control = 0x17B;

    // Of each bank: control, status, address, miscellaneous.
    private const uint FirstBank = 0x400;
    private const uint RegistersPerBank = 4;
    private const uint StatusOffset = 1;
    private const uint AddressOffset = 2;
    private const uint MiscellaneousOffset = 3;

    // Intel's before Nehalem keep bank 0's control for firmware (SDM volume 3, 16.3.2.1).
    private const int FirstModelWithBank0 = 0x1A;
    private const int IntelFamily = 6;

    // AMD's before family 11h report walks of the graphics aperture's tables, which are no errors (BKDG for family 10h, MC4_CTL).
    private const int FirstFamilyWithoutAperture = 0x11;
    private const int NorthbridgeBank = 4;
    private const ulong ApertureWalk = 1 << 10;

    /// <summary>Whether the processor reports errors by an exception and has registers that say which.</summary>
    public static bool Exist(IHostProcessor processor)
    {
        const uint Both = FeatureException | FeatureArchitecture;
        return (processor.Cpuid(1, 0).Edx & Both) == Both;
    }

    /// <summary>How many banks there are.</summary>
    public static int CountBanks(IModelRegisters registers)
    {
        int count = registers.TryRead(Capabilities, out ulong capabilities) ? (int)(capabilities & CountMask) : 0;
        return count < MaximumBanks ? count : MaximumBanks;
    }

    /// <summary>Reads a bank.</summary>
    /// <returns>False when there is no error in it.</returns>
    public static bool TryRead(IModelRegisters registers, int number, out MachineCheckBank bank)
    {
        uint first = FirstBank + ((uint)number * RegistersPerBank);
        bank = default;
        if (!registers.TryRead(first + StatusOffset, out ulong status) || !new MachineCheckBank(number, status, 0, 0).IsValid)
        {
            return false;
        }

        // A register that holds nothing need not exist, and the fault of reading it would open NMIs where one is handled.
        ulong address = 0;
        ulong miscellaneous = 0;
        if (MachineCheckBank.HoldsAddress(status))
        {
            registers.TryRead(first + AddressOffset, out address);
        }

        if (MachineCheckBank.HoldsMiscellaneous(status))
        {
            registers.TryRead(first + MiscellaneousOffset, out miscellaneous);
        }

        bank = new MachineCheckBank(number, status, address, miscellaneous);
        return true;
    }

    /// <summary>
    /// Whether any bank holds an error that was not corrected: whatever has just failed is the machine's fault.
    /// </summary>
    public static bool IsAnyUncorrected(IModelRegisters registers)
    {
        int count = CountBanks(registers);
        for (int i = 0; i < count; i++)
        {
            if (TryRead(registers, i, out MachineCheckBank bank) && bank.IsUncorrected)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Has every bank report every error, and clears what is left in them from before. CR4.MCE is the caller's to set,
    /// afterwards.
    /// </summary>
    /// <param name="model">The processor.</param>
    /// <param name="registers">This CPU's registers.</param>
    /// <param name="stale">The first error that was found.</param>
    /// <returns>How many banks held an error.</returns>
    public static int Enable(in ProcessorModel model, IModelRegisters registers, out MachineCheckBank stale)
    {
        stale = default;
        if (registers.TryRead(Capabilities, out ulong capabilities) && (capabilities & HasControl) != 0)
        {
            registers.TryWrite(Control, ulong.MaxValue);
        }

        int found = 0;
        int count = CountBanks(registers);
        for (int i = 0; i < count; i++)
        {
            uint first = FirstBank + ((uint)i * RegistersPerBank);
            if (TryRead(registers, i, out MachineCheckBank bank))
            {
                stale = found == 0 ? bank : stale;
                found++;
            }

            if (i != 0 || !model.IsIntel || model.Family != IntelFamily || model.Model >= FirstModelWithBank0)
            {
                registers.TryWrite(first, ControlOf(in model, i));
            }

            registers.TryWrite(first + StatusOffset, 0);
        }

        return found;
    }

    private static ulong ControlOf(in ProcessorModel model, int bank)
        => model.IsAmd && model.Family < FirstFamilyWithoutAperture && bank == NorthbridgeBank ? ~ApertureWalk : ulong.MaxValue;
}
