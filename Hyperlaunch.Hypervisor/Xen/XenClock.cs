using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// A domain's clock where Xen's interface has it: in each vcpu_info, in a second place that a processor may register for its
/// programs, and the time of day in shared_info. The domain's gate is held.
/// </summary>
internal sealed unsafe class XenClock
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly IClock _clock;
    private readonly ParavirtualClock _records;
    private readonly GuestPlace[] _places;

    /// <summary>Makes the clock of a domain.</summary>
    /// <param name="clock">The machine's time.</param>
    /// <param name="processors">The most processors that it can have.</param>
    public XenClock(IClock clock, int processors)
    {
        _clock = clock;
        _records = new ParavirtualClock(clock);
        _places = new GuestPlace[processors];
    }

    /// <summary>Bytes of a vcpu_time_info.</summary>
    public static int RecordSize => sizeof(TimeRecord);

    /// <summary>The machine's time-stamp counter when the domain's time was 0.</summary>
    public ulong StartStamp => _records.Stamp;

    /// <summary>Nanoseconds per shifted tick, times 2^32.</summary>
    public uint Multiplier => _records.Multiplier;

    /// <summary>How far ticks are shifted.</summary>
    public sbyte Shift => _records.Shift;

    /// <summary>The domain's time, in nanoseconds.</summary>
    public ulong Now => _clock.Nanoseconds - _records.Start;

    /// <summary>The machine's time when the domain's time is this; the end of time when that is beyond it.</summary>
    public ulong MachineTime(ulong time) => SafeSize.Add(time, _records.Start);

    /// <summary>The domain starts: its time is 0 now.</summary>
    public void Reset() => _records.Reset();

    /// <summary>Nobody has registered a second place.</summary>
    public void Forget() => Array.Clear(_places, 0, _places.Length);

    /// <summary>Writes everything, after a change of the counters or of the places.</summary>
    public void WriteAll(VirtualMachine machine, SharedInfo shared)
    {
        WriteWallClock(shared);
        bool isSame = CountersAgree(machine);
        for (int i = 0; i < _places.Length; i++)
        {
            Write(machine, shared, i, isSame);
        }
    }

    /// <summary>Writes the clock of one processor, which has a new vcpu_info.</summary>
    public void Write(VirtualMachine machine, SharedInfo shared, int processor)
        => Write(machine, shared, processor, CountersAgree(machine));

    /// <summary>Says where a processor wants its clock a second time, and writes it there.</summary>
    public void Register(VirtualMachine machine, SharedInfo shared, int processor, in GuestPlace place)
    {
        _places[processor] = place;
        Write(machine, shared, processor);
    }

    private void Write(VirtualMachine machine, SharedInfo shared, int processor, bool isSame)
    {
        TimeRecord record = default;
        _records.Fill(ref record, machine.Platform.LocalApic(processor).TimeStampOffset, isSame);
        uint version = record.Version;

        // Another processor may read it meanwhile: an odd version says that it changes.
        Span<byte> bytes = new(&record, sizeof(TimeRecord));
        record.Version = version - 1;
        if (shared.HasCpu(processor))
        {
            Span<byte> place = new(shared.Time(processor), sizeof(TimeRecord));
            bytes.CopyTo(place);
            BinaryPrimitives.WriteUInt32LittleEndian(place, version);
        }

        if (_places[processor].IsSet)
        {
            _places[processor].Write(machine.Memory, bytes);
            record.Version = version;
            _places[processor].Write(machine.Memory, bytes.Slice(0, sizeof(uint)));
        }
    }

    private void WriteWallClock(SharedInfo shared)
    {
        WallClockRecord record = default;
        _records.Fill(ref record);
        uint version = record.Version;
        record.Version = version - 1;
        Span<byte> place = shared.Bytes.Slice(SharedLayout.WallClock(shared.IsLong));
        new ReadOnlySpan<byte>(&record, sizeof(WallClockRecord)).CopyTo(place);
        ulong seconds = _clock.WallClockOrigin + (_records.Start / NanosecondsPerSecond);
        BinaryPrimitives.WriteUInt32LittleEndian(
            shared.Bytes.Slice(SharedLayout.WallClockHigh(shared.IsLong)), (uint)(seconds >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(place, version);
    }

    private static bool CountersAgree(VirtualMachine machine)
    {
        ulong first = machine.Platform.LocalApic(0).TimeStampOffset;
        bool agree = true;
        for (int i = 1; i < machine.Capacity; i++)
        {
            agree &= machine.Platform.LocalApic(i).TimeStampOffset == first;
        }

        return agree;
    }
}
