using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// How long a processor has run, waited to be run, and slept (Xen public/vcpu.h, vcpu_runstate_info): from this a guest knows the
/// time that others took from it. It is reckoned whenever the processor is about to be entered, so what the guest reads says that
/// it runs, and the times are right.
/// </summary>
internal sealed class Runstate
{
    /// <summary>RUNSTATE_running.</summary>
    public const int Running = 0;

    /// <summary>RUNSTATE_runnable: it could run, and waits for a CPU.</summary>
    public const int Runnable = 1;

    /// <summary>RUNSTATE_blocked.</summary>
    public const int Blocked = 2;

    /// <summary>RUNSTATE_offline: it waits for its start.</summary>
    public const int Offline = 3;

    private const int StateCount = 4;

    // The guest's memory is not written more often than this, in nanoseconds, unless the state changes.
    private const ulong WriteInterval = 1_000_000;

    private readonly ulong[] _times = new ulong[StateCount];
    private readonly byte[] _record = new byte[SizeOf(true)];
    private ulong _observedAt;
    private ulong _observedRun;
    private ulong _writtenAt;
    private int _state;
    private GuestPlace _place;
    private bool _isLong;

    /// <summary>Bytes of the record: in 32 bits numbers of 64 are aligned to 4 bytes.</summary>
    public static int SizeOf(bool isLong) => isLong ? 48 : 44;

    /// <summary>The processor's time begins anew.</summary>
    public void Reset(ulong now)
    {
        Array.Clear(_times, 0, StateCount);
        _observedAt = now;
        _observedRun = 0;
        _state = Running;
        _place = default;
    }

    /// <summary>Reckons the time since the last call.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <param name="run">Nanoseconds that it has run in all.</param>
    /// <param name="state">What the processor does.</param>
    public void Observe(ulong now, ulong run, VirtualCpuState state)
    {
        ulong passed = now > _observedAt ? now - _observedAt : 0;
        ulong ran = run - _observedRun < passed ? run - _observedRun : passed;
        int rest = state switch
        {
            VirtualCpuState.Halted => Blocked,
            VirtualCpuState.WaitingForStartup => Offline,
            _ => Runnable,
        };
        _times[Running] += ran;
        _times[rest] += passed - ran;
        _observedAt = now;
        _observedRun = run;
        _state = rest == Runnable ? Running : rest;
    }

    /// <summary>Says where the guest wants to see it from now on.</summary>
    public void Register(in GuestPlace place, bool isLong)
    {
        _place = place;
        _isLong = isLong;
        _writtenAt = 0;
    }

    /// <summary>Whether the guest wants to see it.</summary>
    public bool IsRegistered => _place.IsSet;

    /// <summary>Writes what <see cref="Observe"/> found, where the guest wants to see it.</summary>
    public void Write(VirtualMachine machine, bool isForced)
    {
        if (_place.IsSet && (isForced || _observedAt - _writtenAt >= WriteInterval))
        {
            _writtenAt = _observedAt;
            _place.Write(machine.Memory, Record(_isLong));
        }
    }

    /// <summary>The record as a guest of 64 or 32 bits reads it.</summary>
    public ReadOnlySpan<byte> Record(bool isLong)
    {
        Span<byte> record = _record.AsSpan(0, SizeOf(isLong));
        int position = isLong ? sizeof(ulong) : sizeof(uint);
        record.Slice(0, position).Clear();
        record[0] = (byte)_state;
        BinaryPrimitives.WriteUInt64LittleEndian(record.Slice(position), _observedAt);
        for (int i = 0; i < StateCount; i++)
        {
            position += sizeof(ulong);
            BinaryPrimitives.WriteUInt64LittleEndian(record.Slice(position), _times[i]);
        }

        return record;
    }
}
