namespace Hyperlaunch.Machine.X86;

/// <summary>
/// What one bank of error registers holds (Intel SDM volume 3, section 16.3.2; AMD APM volume 2, section 9.3.2).
/// </summary>
public readonly struct MachineCheckBank
{
    // MCi_STATUS.
    private const ulong Valid = 1UL << 63;
    private const ulong Uncorrected = 1UL << 61;
    private const ulong HasMiscellaneous = 1UL << 59;
    private const ulong HasAddress = 1UL << 58;
    private const ulong ContextCorrupt = 1UL << 57;

    /// <summary>Takes what was read.</summary>
    /// <param name="number">The bank.</param>
    /// <param name="status">MCi_STATUS.</param>
    /// <param name="address">MCi_ADDR.</param>
    /// <param name="miscellaneous">MCi_MISC.</param>
    public MachineCheckBank(int number, ulong status, ulong address, ulong miscellaneous)
    {
        Number = number;
        Status = status;
        Address = HoldsAddress(status) ? address : 0;
        Miscellaneous = HoldsMiscellaneous(status) ? miscellaneous : 0;
    }

    /// <summary>The bank, from 0.</summary>
    public int Number { get; }

    /// <summary>MCi_STATUS; its lower half is the error's code.</summary>
    public ulong Status { get; }

    /// <summary>MCi_ADDR; 0 where the status says that it holds none.</summary>
    public ulong Address { get; }

    /// <summary>MCi_MISC; 0 where the status says that it holds nothing.</summary>
    public ulong Miscellaneous { get; }

    /// <summary>There is an error in it.</summary>
    public bool IsValid => (Status & Valid) != 0;

    /// <summary>The error was not corrected: data is lost.</summary>
    public bool IsUncorrected => IsValid && (Status & Uncorrected) != 0;

    /// <summary>The processor's own state may be wrong: nothing that runs there can be trusted.</summary>
    public bool IsContextCorrupt => IsValid && (Status & ContextCorrupt) != 0;

    /// <summary>What it says of the error, in a word.</summary>
    public string Severity => IsContextCorrupt ? "fatal" : IsUncorrected ? "uncorrected" : "corrected";

    /// <summary>Whether MCi_ADDR exists and holds an address, by MCi_STATUS.</summary>
    internal static bool HoldsAddress(ulong status) => (status & HasAddress) != 0;

    /// <summary>Whether MCi_MISC exists and holds something, by MCi_STATUS.</summary>
    internal static bool HoldsMiscellaneous(ulong status) => (status & HasMiscellaneous) != 0;
}
