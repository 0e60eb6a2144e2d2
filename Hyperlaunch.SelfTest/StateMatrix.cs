using System;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The error matrix: states that no processor enters a guest with, or that only one of the vendors' does. Each must come back as
/// the neutral exit that says so and leave the next entry unharmed. It prints a line for each, which a test compares between
/// processors: <c>state cr0-high exit=invalid-state next=ok</c>.
/// </summary>
internal sealed class StateMatrix
{
    private const ulong BitPhysicalAddressExtension = 1 << 5;
    private const ulong BitReserved = 1UL << 40;
    private const ulong BitBeyondAnyAddress = 1UL << 60;
    private const ulong NotCanonical = 1UL << 47;
    private const ushort ReportPort = 0x80;
    private const byte FirstInterruptVector = 32;

    // Attributes of segments (SegmentState.Attributes).
    private const ushort DataSegment = 0xC93;
    private const ushort CodeSegment64 = 0xA9B;
    private const ushort AttributePresent = 1 << 7;
    private const ushort AttributeDefaultSize = 1 << 10;
    private const ushort AttributePrivilege3 = 3 << 5;
    private const ushort TaskSegmentFree = 0x89;
    private const ushort SystemSegment = 0x82;

    private readonly MatrixGuest _guest;
    private readonly List<KeyValuePair<string, Action<IVirtualProcessor>>> _cases = [];

    /// <summary>Makes the matrix.</summary>
    /// <param name="guest">The guest, whose state it spoils.</param>
    /// <param name="entersAstray">
    /// Whether the processor checks so little that some states enter and run anything: AMD's do.
    /// </param>
    public StateMatrix(MatrixGuest guest, bool entersAstray)
    {
        _guest = guest;
        AddControlRegisters();
        AddSegments();
        if (!entersAstray)
        {
            AddSegment("cs-data", SegmentRegister.Cs, DataSegment);
            AddSegment("ss-privilege-3", SegmentRegister.Ss, DataSegment | AttributePrivilege3);
            Add("flags-virtual-8086", static p => p.Rflags |= 1 << 17);
        }

        Add("rip-not-canonical", static p => p.Rip = NotCanonical);
        Add("rip-high", static p => p.Rip = BitBeyondAnyAddress);
        Add("event-interrupt-as-exception", static p => p.InjectException(FirstInterruptVector, false, 0));
        Add("event-interrupt-masked", static p => p.InjectInterrupt(FirstInterruptVector));
    }

    /// <summary>Runs every case; what came of each is for the reader of the lines to judge.</summary>
    /// <returns>False when a state harmed the entry after it.</returns>
    public bool Run()
    {
        StringBuilder line = new();
        bool isUnharmed = true;
        foreach ((string name, Action<IVirtualProcessor> change) in _cases)
        {
            VmExit exit = default;
            _guest.Start(MatrixMode.Long, GuestProgram.LongMode);
            change(_guest.Processor);
            _guest.Run(ref exit);
            line.Clear().Append("(HV) state ").Append(name);
            if (!_guest.TryDescribeException(line, exit))
            {
                line.Append(" exit=").Append(ExitCounts.Name(exit.Reason));
            }

            VmExit next = default;
            _guest.Start(MatrixMode.Long, GuestProgram.LongMode);
            _guest.Run(ref next);
            bool isNextGood = next.Reason == ExitReason.PortAccess && next.Port == ReportPort;
            isUnharmed &= isNextGood;
            line.Append(" next=").Append(isNextGood ? "ok" : ExitCounts.Name(next.Reason));
            if (exit.Diagnosis is not null)
            {
                line.Append(" problem=\"").Append(exit.Diagnosis).Append('"');
            }

            DirectConsole.Write(line.Append('\n').ToString());
        }

        _guest.Restore();
        return isUnharmed;
    }

    private void AddControlRegisters()
    {
        Add("cr0-high", static p => p.Cr0 |= BitReserved);
        Add("cr3-beyond-any-address", static p => p.Cr3 |= BitBeyondAnyAddress);
        Add("cr4-reserved", static p => p.Cr4 |= BitReserved);
        Add("cr4-long-mode-without-pae", static p => p.Cr4 &= ~BitPhysicalAddressExtension);
        Add("efer-reserved", static p => p.Efer |= BitReserved);
        Add("efer-reserved-low", static p => p.Efer |= 2);
    }

    private void AddSegments()
    {
        AddSegment("cs-long-and-32-bit", SegmentRegister.Cs, CodeSegment64 | AttributeDefaultSize);
        AddSegment("cs-absent", SegmentRegister.Cs, CodeSegment64 & ~AttributePresent);
        AddSegment("ss-code", SegmentRegister.Ss, CodeSegment64);
        AddSegment("tr-free", SegmentRegister.Tr, TaskSegmentFree);
        AddSegment("tr-absent", SegmentRegister.Tr, 0);
        AddSegment("ldtr-task", SegmentRegister.Ldtr, TaskSegmentFree);
        AddSegment("ds-system", SegmentRegister.Ds, SystemSegment);
        Add("fs-base-not-canonical", static p => p.SetSegment(
            SegmentRegister.Fs, new SegmentState(0, DataSegment, uint.MaxValue, NotCanonical)));
        Add("gdtr-not-canonical", static p => p.SetSegment(
            SegmentRegister.Gdtr, new SegmentState(0, 0, ushort.MaxValue, NotCanonical)));
        Add("idtr-not-canonical", static p => p.SetSegment(
            SegmentRegister.Idtr, new SegmentState(0, 0, ushort.MaxValue, NotCanonical)));
    }

    private void AddSegment(string name, SegmentRegister register, int attributes) => Add(name, p =>
    {
        SegmentState state = p.GetSegment(register);
        state.Attributes = (ushort)attributes;
        p.SetSegment(register, state);
    });

    private void Add(string name, Action<IVirtualProcessor> change) => _cases.Add(new(name, change));
}
