using System.Text;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Consoles;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The exit matrix: every instruction that may end a guest's run, each in a guest of its own, and what came of it in the neutral
/// form. It prints a line for each, which a test compares between processors: <c>matrix cpuid exit=cpuid length=2</c>.
/// </summary>
internal sealed unsafe class InstructionMatrix
{
    private readonly MatrixGuest _guest;
    private readonly IVirtualProcessor _processor;

    /// <summary>Makes the matrix.</summary>
    public InstructionMatrix(MatrixGuest guest)
    {
        _guest = guest;
        _processor = guest.Processor;
    }

    /// <summary>Runs every case; what came of each is for the reader of the lines to judge.</summary>
    /// <returns>True when the guest is still entered after all of them.</returns>
    public bool Run()
    {
        StringBuilder line = new();
        ExitReason last = ExitReason.Unknown;
        for (MatrixCase* one = _guest.Cases; one->Name is not null; one++)
        {
            VmExit exit = default;
            _guest.Start(one->Mode, GuestProgram.LongMode);
            _processor.Rip = one->Start;
            _guest.Run(ref exit);
            last = exit.Reason;
            line.Clear().Append("(HV) matrix ");
            for (byte* letter = one->Name; *letter != 0; letter++)
            {
                line.Append((char)*letter);
            }

            if (!_guest.TryDescribeException(line, exit))
            {
                Describe(line, one, exit);
            }

            DirectConsole.Write(line.Append('\n').ToString());
        }

        _guest.Restore();
        return last == ExitReason.Halt;
    }

    private void Describe(StringBuilder line, MatrixCase* one, VmExit exit)
    {
        bool isAtEnd = exit.Reason == ExitReason.Halt && _processor.Rip == one->End;
        line.Append(" exit=").Append(isAtEnd ? "none" : ExitCounts.Name(exit.Reason));
        if (isAtEnd)
        {
            return;
        }

        if (exit.NextInstruction != 0)
        {
            line.Append(" length=").Append(exit.NextInstruction - _processor.Rip);
        }

        if (exit.Reason == ExitReason.NestedPageFault)
        {
            DescribeNestedFault(line, exit);
        }
        else if (exit.Reason != ExitReason.TripleFault && _processor.Rip != one->Tested)
        {
            line.Append(" rip=0x").Append(_processor.Rip.ToString("x"));
        }

        if (exit.Reason == ExitReason.PortAccess)
        {
            DescribePort(line, exit);
        }

        if (exit.Reason is ExitReason.Exception)
        {
            line.Append(" vector=").Append(exit.Vector);
        }

        if (exit.Diagnosis is not null)
        {
            line.Append(" problem=\"").Append(exit.Diagnosis).Append('"');
        }

        if (exit.Reason == ExitReason.Unknown)
        {
            line.Append(" code=0x").Append(exit.RawReason.ToString("x"));
        }
    }

    private static void DescribePort(StringBuilder line, VmExit exit)
    {
        line.Append(exit.IsInput ? " in" : " out").Append(
            " port=0x").Append(exit.Port.ToString("x")).Append(" size=").Append(exit.Size);
        if (exit.IsString)
        {
            line.Append(exit.IsRepeated ? " repeated" : " string").Append(" address-size=").Append(exit.AddressSize);
        }
    }

    private static void DescribeNestedFault(StringBuilder line, VmExit exit)
    {
        // Whether reading the guest's own tables is a write too is the processor's choice.
        string access = exit.IsPageWalk ? "walk" : exit.IsWrite ? "write" : exit.IsFetch ? "fetch" : "read";
        line.Append(" access=").Append(access).Append(" address=0x").Append(exit.GuestPhysicalAddress.ToString("x"));
    }
}
