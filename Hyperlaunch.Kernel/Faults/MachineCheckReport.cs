using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// What the error registers of the CPU that executes the call say of the machine, for panics and for whoever must tell a
/// failure of the machine from one of a guest.
/// </summary>
internal static class MachineCheckReport
{
    // Before the registers were found nobody reads them: the first panics are those of an unknown machine.
    private static bool s_exist;

    /// <summary>From now on they are read.</summary>
    public static void Use() => s_exist = true;

    /// <summary>Whether this CPU has an error that was not corrected.</summary>
    public static bool IsAnyUncorrected => s_exist && MachineChecks.IsAnyUncorrected(ModelRegisters.Instance);

    /// <summary>Prints a line for each bank that holds an error.</summary>
    public static void Write()
    {
        int count = s_exist ? MachineChecks.CountBanks(ModelRegisters.Instance) : 0;
        for (int i = 0; i < count; i++)
        {
            if (MachineChecks.TryRead(ModelRegisters.Instance, i, out MachineCheckBank bank))
            {
                DirectConsole.Write("(HV)   machine check: bank=0x"u8);
                DirectConsole.WriteHex((ulong)bank.Number, 1);
                DirectConsole.Write(" status=0x"u8);
                DirectConsole.WriteHex(bank.Status);
                DirectConsole.Write(" address=0x"u8);
                DirectConsole.WriteHex(bank.Address, 1);
                DirectConsole.Write(" misc=0x"u8);
                DirectConsole.WriteHex(bank.Miscellaneous, 1);
                DirectConsole.Write(" "u8);
                DirectConsole.Write(bank.Severity);
                DirectConsole.Write("\n"u8);
            }
        }
    }
}
