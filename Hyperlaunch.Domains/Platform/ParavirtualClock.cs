using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Domains.Platform;

/// <summary>
/// The clock that guests compute from the time-stamp counter: the record that Linux's pvclock reads (Linux
/// Documentation/virt/kvm/x86/msr.rst; the same in Xen's vcpu_time_info). All processors of a domain get the same record, from the
/// moment the domain started, so none of their clocks is ahead of another's and none needs renewal, but for a processor that sets its
/// time-stamp counter: its record follows.
/// </summary>
public sealed class ParavirtualClock
{
    /// <summary>MSR_KVM_WALL_CLOCK_NEW: the address that receives the time of day at which the domain's time was 0.</summary>
    public const uint WallClockMsr = 0x4B56_4D00;

    /// <summary>MSR_KVM_SYSTEM_TIME_NEW: the address of this processor's record, bit 0 enables it.</summary>
    public const uint SystemTimeMsr = 0x4B56_4D01;

    /// <summary>Bytes of the record pvclock_vcpu_time_info.</summary>
    public const int TimeInfoSize = 32;

    /// <summary>Bytes of the record pvclock_wall_clock.</summary>
    public const int WallClockSize = 12;

    private const ulong Enabled = 1;
    private const ulong Alignment = 3;

    // Fields of pvclock_vcpu_time_info
    private const int Version = 0;
    private const int TimeStampField = 8;
    private const int SystemTimeField = 16;
    private const int MultiplierField = 24;
    private const int ShiftField = 28;
    private const int FlagsField = 29;

    /// <summary>The counters of all processors agree (PVCLOCK_TSC_STABLE_BIT).</summary>
    private const byte FlagStable = 1;

    // Fields of pvclock_wall_clock
    private const int WallSecondsField = 4;
    private const int WallNanosecondsField = 8;

    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly IClock _clock;
    private readonly ulong[] _systemTime;
    private readonly ulong[] _offsets;
    private ulong _wallClock;
    private ulong _stamp;
    private ulong _start;
    private uint _version;

    /// <summary>Makes the clock.</summary>
    /// <param name="clock">The machine's.</param>
    /// <param name="capacity">The most processors the domain can have.</param>
    public ParavirtualClock(IClock clock, int capacity)
    {
        _clock = clock;
        _systemTime = new ulong[capacity];
        _offsets = new ulong[capacity];
        ComputeScale(clock.TimeStampKilohertz, out uint multiplier, out sbyte shift);
        Multiplier = multiplier;
        Shift = shift;
        Reset(0);
    }

    /// <summary>tsc_to_system_mul: nanoseconds per shifted tick, times 2^32.</summary>
    public uint Multiplier { get; }

    /// <summary>tsc_shift: how far ticks are shifted, to the left when positive, before they are multiplied.</summary>
    public sbyte Shift { get; }

    /// <summary>The domain starts: its time is 0 now, and no record is enabled.</summary>
    /// <param name="timeStampOffset">What is added to the machine's time-stamp counter for all its processors.</param>
    public void Reset(ulong timeStampOffset)
    {
        for (int i = 0; i < _systemTime.Length; i++)
        {
            _systemTime[i] = 0;
            _offsets[i] = timeStampOffset;
        }

        _wallClock = 0;
        _version = 0;
        _stamp = _clock.TimeStamp;
        _start = _clock.Nanoseconds;
    }

    /// <summary>
    /// The scale of a counter: ns = (ticks shifted by <paramref name="shift"/>) * multiplier / 2^32, with all 32 bits of the
    /// multiplier in use.
    /// </summary>
    /// <param name="kilohertz">Its frequency, 1 to 2^32 - 1 kHz; others count as the nearest of these.</param>
    /// <param name="multiplier">The multiplier, rounded down, 2^31 or more.</param>
    /// <param name="shift">The shift, -12 to 20.</param>
    public static void ComputeScale(ulong kilohertz, out uint multiplier, out sbyte shift)
    {
        // A tick lasts numerator/frequency ns; the shift brings that into [1/2, 1).
        ulong frequency = kilohertz == 0 ? 1 : kilohertz > uint.MaxValue ? uint.MaxValue : kilohertz;
        ulong numerator = 1_000_000;
        int count = 0;
        while (numerator >= frequency)
        {
            frequency <<= 1;
            count++;
        }

        while (numerator << 1 < frequency)
        {
            numerator <<= 1;
            count--;
        }

        // Both are below 2^32 here: the frequency was, or is at most twice a numerator that is below 2^20; the numerator is less.
        multiplier = (uint)((numerator << 32) / (uint)frequency);
        shift = (sbyte)count;
    }

    /// <summary>A processor set its time-stamp counter: the records that are enabled are renewed.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="timeStampOffset">What is added to the machine's time-stamp counter for it from now on.</param>
    /// <param name="memory">The domain's memory.</param>
    public void SetTimeStampOffset(int processor, ulong timeStampOffset, IGuestMemory memory)
    {
        _offsets[processor] = timeStampOffset;
        Span<byte> record = stackalloc byte[TimeInfoSize];
        for (int i = 0; i < _systemTime.Length; i++)
        {
            if ((_systemTime[i] & Enabled) == 0)
            {
                continue;
            }

            // Another processor may read it meanwhile: an odd version says that it changes.
            ulong address = _systemTime[i] & ~Enabled;
            FillTimeInfo(i, record);
            BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(Version), _version - 1);
            memory.TryWrite(new GuestAddress(address), record);
            BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(Version), _version);
            memory.TryWrite(new GuestAddress(address), record.Slice(Version, sizeof(uint)));
        }
    }

    /// <summary>Fills the record pvclock_vcpu_time_info of a processor; it has <see cref="TimeInfoSize"/> bytes.</summary>
    public void FillTimeInfo(int processor, Span<byte> record)
    {
        record.Clear();
        _version += 2;
        BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(Version), _version);
        BinaryPrimitives.WriteUInt64LittleEndian(record.Slice(TimeStampField), _stamp + _offsets[processor]);
        BinaryPrimitives.WriteUInt64LittleEndian(record.Slice(SystemTimeField), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(MultiplierField), Multiplier);
        record[ShiftField] = (byte)Shift;
        record[FlagsField] = CountersAgree() ? FlagStable : (byte)0;
    }

    private bool CountersAgree()
    {
        for (int i = 1; i < _offsets.Length; i++)
        {
            if (_offsets[i] != _offsets[0])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads <see cref="SystemTimeMsr"/> of a processor.</summary>
    public ulong ReadSystemTime(int processor) => _systemTime[processor];

    /// <summary>Reads <see cref="WallClockMsr"/>.</summary>
    public ulong ReadWallClock() => _wallClock;

    /// <summary>The guest writes <see cref="SystemTimeMsr"/>: its record is filled.</summary>
    /// <returns>False when the record is not aligned to 4 bytes or no memory of the guest: the processor raises #GP.</returns>
    public bool TryWriteSystemTime(int processor, ulong value, IGuestMemory memory)
    {
        if ((value & Enabled) != 0)
        {
            ulong address = value & ~Enabled;
            Span<byte> record = stackalloc byte[TimeInfoSize];
            FillTimeInfo(processor, record);
            if ((address & Alignment) != 0 || !memory.TryWrite(new GuestAddress(address), record))
            {
                return false;
            }
        }

        _systemTime[processor] = value;
        return true;
    }

    /// <summary>The guest writes <see cref="WallClockMsr"/>: the record at that address is filled.</summary>
    /// <returns>False when the record is not aligned to 4 bytes or no memory of the guest: the processor raises #GP.</returns>
    public bool TryWriteWallClock(ulong value, IGuestMemory memory)
    {
        ulong seconds = _start / NanosecondsPerSecond;
        Span<byte> record = stackalloc byte[WallClockSize];
        _version += 2;
        BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(Version), _version);
        BinaryPrimitives.WriteUInt32LittleEndian(record.Slice(WallSecondsField), (uint)(_clock.WallClockOrigin + seconds));
        BinaryPrimitives.WriteUInt32LittleEndian(
            record.Slice(WallNanosecondsField),
            (uint)(_start - (seconds * NanosecondsPerSecond)));
        if ((value & Alignment) != 0 || !memory.TryWrite(new GuestAddress(value), record))
        {
            return false;
        }

        _wallClock = value;
        return true;
    }
}
