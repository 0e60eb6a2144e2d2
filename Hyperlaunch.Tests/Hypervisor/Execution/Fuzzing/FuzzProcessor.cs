using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>
/// A guest processor whose every entry ends as the generator says, in a state of the generator's. It holds the hypervisor to what
/// <see cref="IVirtualProcessor"/> promises the processors.
/// </summary>
internal sealed class FuzzProcessor(ExitGenerator generator) : IVirtualProcessor
{
    private static readonly uint[] s_msrs =
    [
        Msr.SysenterCs, Msr.SysenterEsp, Msr.SysenterEip, Msr.DebugControl, Msr.Pat, Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Sfmask,
        Msr.FsBase, Msr.GsBase, Msr.KernelGsBase, Msr.TscAux,
    ];

    private readonly ulong[] _registers = new ulong[16];
    private readonly SegmentState[] _segments = new SegmentState[10];
    private readonly ulong[] _msrValues = new ulong[s_msrs.Length];
    private ulong _xcr0;
    private ulong _efer;

    /// <summary>Sums up what was done to it, in order.</summary>
    public ulong Digest { get; private set; }

    public long Entries { get; private set; }

    public ulong Rip { get; set; }

    public ulong Rflags { get; set; }

    public ulong Cr0 { get; set; }

    public ulong Cr2 { get; set; }

    public ulong Cr3 { get; set; }

    public ulong Cr4 { get; set; }

    public byte Cr8 { get; set; }

    public ulong Efer
    {
        get => _efer;
        set => _efer = (value & ~0xD01UL) == 0 ? value : throw new EscapeException($"EFER becomes {value:x}.");
    }

    public ulong Xcr0
    {
        get => _xcr0;
        set => _xcr0 = ExtendedState.IsValid(value, 7) ? value : throw new EscapeException($"XCR0 becomes {value:x}.");
    }

    public int PrivilegeLevel { get; set; }

    public ulong TimeStampOffset { get; set; }

    public bool InterruptShadow { get; set; }

    public bool IsEventQueued { get; set; }

    public bool CanTakeNmi { get; set; }

    public void Reset()
    {
        Array.Clear(_registers);
        Array.Clear(_segments);
        Array.Clear(_msrValues);
        (Cr2, Cr3, Cr8, Xcr0) = (0, 0, 0, PowerOnState.Xcr0);
        PowerOnState.WriteTo(this, 0);
        (PrivilegeLevel, TimeStampOffset) = (0, 0);
        (InterruptShadow, IsEventQueued, CanTakeNmi) = (false, false, true);
        Note(1);
    }

    public ulong GetRegister(GuestRegister register) => _registers[(int)register];

    public void SetRegister(GuestRegister register, ulong value) => _registers[(int)register] = value;

    public SegmentState GetSegment(SegmentRegister register) => _segments[(int)register];

    public void SetSegment(SegmentRegister register, SegmentState value) => _segments[(int)register] = value;

    public bool TryReadMsr(uint index, out ulong value)
    {
        int place = Array.IndexOf(s_msrs, index);
        value = place < 0 ? 0 : _msrValues[place];
        return place >= 0;
    }

    public bool TryWriteMsr(uint index, ulong value)
    {
        int place = Array.IndexOf(s_msrs, index);
        if (place >= 0)
        {
            _msrValues[place] = value;
        }

        return place >= 0;
    }

    public void InjectInterrupt(byte vector)
    {
        Require(!IsEventQueued, "an interrupt is queued over another event");
        Require((Rflags & ControlBits.RflagsInterrupt) != 0 && !InterruptShadow, "an interrupt is queued that cannot be taken");
        Queue(0x100u + vector);
    }

    public void InjectNmi()
    {
        Require(!IsEventQueued && CanTakeNmi, "an NMI is queued that cannot be taken");
        Queue(2);
    }

    public void InjectException(byte vector, bool hasErrorCode, uint errorCode)
    {
        Require(vector < 32, "an exception is queued whose vector is none");
        bool pushes = vector is 8 or (>= 10 and <= 14) or 17 or 21;
        Require(hasErrorCode == pushes, "an exception is queued with an error code that it has not, or without one");
        Queue(0x200u + vector + ((ulong)errorCode << 16));
    }

    public void RequestInterruptWindow(bool requested) => Note(requested ? 3u : 4u);

    public void AwaitTaskPriority(int priorityClass)
    {
        Require(priorityClass is >= 0 and <= 15, "an interrupt of no class is waited for");
        Note(0x10u + (uint)priorityClass);
    }

    public void RequestNmiWindow() => Note(5);

    public void InvalidateTranslations() => Note(6);

    public void Leave() => Note(7);

    public bool TryMoveControl(GuestRegister register, ulong next)
    {
        Note(8 + (ulong)register);
        bool isKnown = (Digest & 1) != 0;
        Rip = isKnown ? next : Rip;
        return isKnown;
    }

    public void Enter(ref VmExit exit)
    {
        Entries++;
        IsEventQueued = false;
        Note(Rip);
        Note(Rflags ^ _registers[0] ^ _registers[1] << 7 ^ _registers[2] << 13 ^ _registers[7] << 29);
        generator.Next(this, ref exit);
    }

    /// <summary>Begins its sum anew.</summary>
    public void Forget() => Digest = 0;

    private void Queue(ulong what)
    {
        IsEventQueued = true;
        Note(what);
    }

    private void Note(ulong value) => Digest = (Digest ^ value) * 0x9E37_79B9_7F4A_7C15 + 1 ^ Digest >> 29;

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new EscapeException(otherwise);
        }
    }
}
