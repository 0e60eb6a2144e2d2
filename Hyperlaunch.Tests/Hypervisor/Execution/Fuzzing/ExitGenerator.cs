using System.Collections.Generic;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>
/// What each entry ends with: exits of all reasons with all values that a processor can give them, and short programs that bring
/// devices into states that single accesses do not reach.
/// </summary>
internal sealed class ExitGenerator(FuzzRandom random, FakeClock clock)
{
    private static readonly ExitReason[] s_plain =
    [
        ExitReason.ExternalInterrupt, ExitReason.NonMaskableInterrupt, ExitReason.TimeSlice, ExitReason.Reinjected,
        ExitReason.InterruptWindow, ExitReason.NmiWindow, ExitReason.CacheInvalidate, ExitReason.Pause, ExitReason.MonitorWait,
        ExitReason.VirtualizationInstruction, ExitReason.ReadPerformanceCounter, ExitReason.BusLock,
        ExitReason.NoEventWindow,
    ];

    private static readonly ExitReason[] s_ends =
    [
        ExitReason.InvalidState, ExitReason.Exception, ExitReason.TripleFault, ExitReason.ControlRegister,
        ExitReason.DebugRegister, ExitReason.NestedMisconfiguration, ExitReason.ReadTimeStamp, ExitReason.TaskSwitch,
        ExitReason.Unknown,
    ];

    private static readonly uint[] s_leaves =
        [0, 1, 2, 4, 6, 7, 0xB, 0xD, 0xE, 0x8000_0000, 0x8000_0001, 0x8000_0007, 0x8000_0008];


    private static readonly byte[] s_sizes = [1, 1, 1, 1, 2, 4];
    private static readonly byte[] s_addressSizes = [2, 4, 8];
    private static readonly ulong[] s_addresses = [0x40_0000, 0x80_0000, 0xFEE0_1000, 0xFEC0_1000, 0xFEDF_FFFF, 0xFEE0_0FFC];

    private readonly StateGenerator _states = new(random);
    private readonly CodeGenerator _code = new(random);
    private readonly DeviceGenerator _devices = new(random, clock);
    private readonly Queue<DeviceAccess> _program = new();
    private GuestMemory _memory = null!;

    /// <summary>Begins a case in a domain's memory.</summary>
    public void Start(GuestMemory memory)
    {
        _memory = memory;
        _program.Clear();
        _states.MakeTables(memory);
    }

    /// <summary>A state for a processor's first entry.</summary>
    public void Choose(FuzzProcessor processor) => _states.Choose(processor);

    /// <summary>The end of an entry.</summary>
    public void Next(FuzzProcessor processor, ref VmExit exit)
    {
        exit = default;
        if (random.OneIn(16))
        {
            _states.Choose(processor);
        }

        _states.Vary(processor);
        exit.NextInstruction = processor.Rip + random.Under(16);
        if (_program.Count == 0 && random.OneIn(4))
        {
            _devices.Write(_program);
        }

        if (_program.Count != 0 && !random.OneIn(16))
        {
            Access(processor, _program.Dequeue(), ref exit);
            return;
        }

        switch (random.Below(32))
        {
            case < 6:
                Access(processor, _devices.Any(), ref exit);
                break;
            case < 10:
                String(processor, ref exit);
                break;
            case < 20:
                NestedFault(processor, ref exit);
                break;
            case < 22:
                exit.Reason = ExitReason.Cpuid;
                processor.SetRegister(GuestRegister.Rax, Leaf());
                processor.SetRegister(GuestRegister.Rcx, random.OneIn(4) ? random.Number() : random.Under(4));
                break;
            case < 24:
                exit.Reason = ExitReason.Hypercall;
                processor.SetRegister(GuestRegister.Rax, random.OneIn(2) ? FuzzInterface.Call : random.Number());
                break;
            case < 26:
                exit.Reason = ExitReason.SetExtendedControl;
                processor.Cr4 |= random.OneIn(4) ? 0 : ControlBits.Cr4OsXsave;
                processor.SetRegister(GuestRegister.Rax, random.OneIn(4) ? random.Number() : random.Under(9));
                processor.SetRegister(GuestRegister.Rcx, random.OneIn(8) ? 1u : 0);
                processor.SetRegister(GuestRegister.Rdx, random.OneIn(8) ? 1u : 0);
                break;
            case < 27:
                exit.Reason = ExitReason.Halt;
                break;
            default:
                exit.Reason = random.OneIn(32) ? random.Of<ExitReason>(s_ends) : random.Of<ExitReason>(s_plain);
                exit.Vector = (byte)random.Below(32);
                exit.ErrorCode = random.Next32();
                exit.Qualification = random.Next();
                break;
        }
    }

    private void Access(FuzzProcessor processor, DeviceAccess access, ref VmExit exit)
    {
        processor.SetRegister(GuestRegister.Rax, access.Value);
        switch (access.Kind)
        {
            case DeviceAccess.Space.Port:
                exit.Reason = ExitReason.PortAccess;
                exit.Port = (ushort)access.Address;
                exit.Size = access.Size;
                exit.IsInput = access.IsRead;
                break;
            case DeviceAccess.Space.Msr:
                exit.Reason = access.IsRead ? ExitReason.ReadMsr : ExitReason.WriteMsr;
                processor.SetRegister(GuestRegister.Rcx, access.Address);
                processor.SetRegister(GuestRegister.Rdx, access.Value >> 32);
                break;
            default:
                exit.Reason = ExitReason.NestedPageFault;
                exit.GuestPhysicalAddress = access.Address;
                exit.IsWrite = !access.IsRead;
                _code.WriteMove(processor, _memory, !access.IsRead);
                break;
        }
    }

    private void String(FuzzProcessor processor, ref VmExit exit)
    {
        exit.Reason = ExitReason.PortAccess;
        exit.IsString = true;
        exit.IsRepeated = random.OneIn(2);
        exit.IsInput = random.OneIn(2);
        exit.Port = (ushort)_devices.Port().Address;
        exit.Size = random.Of<byte>(s_sizes);
        exit.AddressSize = random.Of<byte>(s_addressSizes);
        exit.Segment = (SegmentRegister)random.Below(6);
        processor.SetRegister(GuestRegister.Rcx, random.OneIn(8) ? random.Number() : random.Under(12));
        processor.SetRegister(exit.IsInput ? GuestRegister.Rdi : GuestRegister.Rsi, _states.LinearAddress(processor));
    }

    private void NestedFault(FuzzProcessor processor, ref VmExit exit)
    {
        exit.Reason = ExitReason.NestedPageFault;
        exit.GuestPhysicalAddress = random.Below(8) switch
        {
            0 => random.Number(),
            1 => random.Under((int)FuzzMemory.DomainSize),
            2 => random.Of<ulong>(s_addresses) + random.Under(8) - 4,
            _ => _devices.Memory().Address + (ulong)(random.OneIn(8) ? random.Below(8) : 0),
        };
        exit.IsWrite = random.OneIn(2);
        exit.IsFetch = random.OneIn(64);
        exit.IsPageWalk = random.OneIn(64);
        _code.Write(processor, _memory);
        if (random.OneIn(2))
        {
            processor.SetRegister(GuestRegister.Rcx, random.Under(4));
            processor.SetRegister(GuestRegister.Rsi, _states.LinearAddress(processor));
            processor.SetRegister(GuestRegister.Rdi, _states.LinearAddress(processor));
        }
    }

    private ulong Leaf() => random.Below(8) switch
    {
        0 => random.Number(),
        1 => random.Under(16),
        2 or 3 => 0x4000_0000 + (random.Under(4) << 8) + random.Under(0x12),
        4 => 0x8000_0000 + random.Under(12),
        _ => random.Of<uint>(s_leaves),
    };
}
