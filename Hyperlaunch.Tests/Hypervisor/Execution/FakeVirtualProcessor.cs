using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>
/// A guest processor without a guest: a test says what each entry ends with, and sees what was done to the state.
/// </summary>
internal sealed class FakeVirtualProcessor : IVirtualProcessor
{
    private readonly ulong[] _registers = new ulong[16];
    private readonly SegmentState[] _segments = new SegmentState[10];
    private readonly Dictionary<uint, ulong> _msrs = [];

    public Queue<Func<VmExit>> Exits { get; } = new();

    /// <summary>What an entry ends with when nothing is queued.</summary>
    public Func<VmExit> Otherwise { get; set; } = () => new VmExit { Reason = ExitReason.ExternalInterrupt };

    public List<string> Injected { get; } = [];

    /// <summary>The registers of the MOVs that it executed.</summary>
    public List<GuestRegister> Moved { get; } = [];

    public bool KnowsControlMove { get; set; } = true;

    public bool WindowRequested { get; private set; }

    public int AwaitedClass { get; private set; }

    public bool NmiWindowRequested { get; private set; }

    public int Entries { get; private set; }

    /// <summary>How often it has been put into the state after power-on: its lives.</summary>
    public int Resets { get; private set; }

    public ulong Rip { get; set; }

    public ulong Rflags { get; set; } = 2;

    public ulong Cr0 { get; set; }

    public ulong Cr2 { get; set; }

    public ulong Cr3 { get; set; }

    public ulong Cr4 { get; set; }

    public byte Cr8 { get; set; }

    public ulong Efer { get; set; }

    public ulong Xcr0 { get; set; } = 1;

    public int PrivilegeLevel { get; set; }

    public ulong TimeStampOffset { get; set; }

    public bool InterruptShadow { get; set; }

    public bool IsEventQueued { get; set; }

    public bool CanTakeNmi { get; set; } = true;

    public void Reset()
    {
        Resets++;
        Array.Clear(_registers);
        Array.Clear(_segments);
        (Cr2, Cr3, Cr8, Xcr0) = (0, 0, 0, PowerOnState.Xcr0);
        PowerOnState.WriteTo(this, 0);
        IsEventQueued = false;
        TimeStampOffset = 0;
    }

    public ulong GetRegister(GuestRegister register) => _registers[(int)register];

    public void SetRegister(GuestRegister register, ulong value) => _registers[(int)register] = value;

    public SegmentState GetSegment(SegmentRegister register) => _segments[(int)register];

    public void SetSegment(SegmentRegister register, SegmentState value) => _segments[(int)register] = value;

    public void DefineMsr(uint index) => _msrs[index] = 0;

    public bool TryReadMsr(uint index, out ulong value) => _msrs.TryGetValue(index, out value);

    public bool TryWriteMsr(uint index, ulong value)
    {
        if (!_msrs.ContainsKey(index))
        {
            return false;
        }

        _msrs[index] = value;
        return true;
    }

    public void InjectInterrupt(byte vector) => Inject($"interrupt {vector:x2}");

    public void InjectNmi() => Inject("nmi");

    public void InjectException(byte vector, bool hasErrorCode, uint errorCode)
        => Inject(hasErrorCode ? $"exception {vector} ({errorCode:x})" : $"exception {vector}");

    public void RequestInterruptWindow(bool requested) => WindowRequested = requested;

    public void AwaitTaskPriority(int priorityClass) => AwaitedClass = priorityClass;

    public void RequestNmiWindow() => NmiWindowRequested = true;

    public void InvalidateTranslations()
    {
    }

    public void Leave()
    {
    }

    public bool TryMoveControl(GuestRegister register, ulong next)
    {
        Rip = KnowsControlMove ? next : Rip;
        Moved.Add(register);
        return KnowsControlMove;
    }

    public void Enter(ref VmExit exit)
    {
        Entries++;
        IsEventQueued = false;
        exit = Exits.Count != 0 ? Exits.Dequeue()() : Otherwise();
    }

    private void Inject(string what)
    {
        Injected.Add(what);
        IsEventQueued = true;
    }
}
