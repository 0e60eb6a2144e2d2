using System;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Timers;

/// <summary>
/// The real-time clock with its 128 bytes of RAM (Motorola data sheet MC146818A; the century and the memory sizes where PC
/// firmware keeps them). The registers hold the time as the guest wrote it; full seconds that have passed are added before they
/// are looked at.
/// </summary>
public sealed class RealTimeClock : TimedDevice, IPortDevice
{
    /// <summary>Bytes of RAM, the clock's registers included.</summary>
    public const int RamSize = 128;

    // Offsets: the index of the register, then the register
    private const int IndexPort = 0;

    private const byte IndexMask = 0x7F;

    // Registers
    private const int Seconds = 0x00;
    private const int AlarmSeconds = 0x01;
    private const int Minutes = 0x02;
    private const int AlarmMinutes = 0x03;
    private const int Hours = 0x04;
    private const int AlarmHours = 0x05;
    private const int DayOfWeek = 0x06;
    private const int DayOfMonth = 0x07;
    private const int Month = 0x08;
    private const int Year = 0x09;
    private const int RegisterA = 0x0A;
    private const int RegisterB = 0x0B;
    private const int RegisterC = 0x0C;
    private const int RegisterD = 0x0D;
    private const int Century = 0x32;

    // Firmware's bytes
    private const int Equipment = 0x14;
    private const int BaseMemory = 0x15;
    private const int ExtendedMemory = 0x17;
    private const int FirstChecked = 0x10;
    private const int Checksum = 0x2E;
    private const int ExtendedMemoryFound = 0x30;
    private const int MemoryAbove16M = 0x34;
    private const int MemoryAbove4G = 0x5B;
    private const byte EquipmentCoprocessor = 0x02;
    private const ulong BaseMemoryKib = 640;

    // Register A
    private const byte UpdateInProgress = 0x80;
    private const byte DividerMask = 0x70;
    private const byte DividerRuns = 0x20;
    private const byte RateMask = 0x0F;
    private const byte InitialA = 0x26;

    // Register B
    private const byte InhibitUpdates = 0x80;
    private const byte EnablePeriodic = 0x40;
    private const byte EnableAlarm = 0x20;
    private const byte EnableUpdate = 0x10;
    private const byte BinaryMode = 0x04;
    private const byte TwentyFourHours = 0x02;
    private const byte EnableMask = EnablePeriodic | EnableAlarm | EnableUpdate;

    // Register C: the flags lie where their enables are
    private const byte InterruptRequest = 0x80;

    // Register D
    private const byte ValidTime = 0x80;

    private const byte AfterNoon = 0x80;
    private const byte AlarmAny = 0xC0;

    private const ulong Second = 1_000_000_000;

    /// <summary>"Update in progress" rises 244 us before an update, which takes 1984 us (data sheet, figure 15).</summary>
    private const ulong UpdateTime = 244_000 + 1_984_000;

    /// <summary>The first update comes half a second after the divider starts.</summary>
    private const ulong FirstUpdate = Second / 2;

    private readonly IClock _clock;
    private readonly TickRate _rate = TickRate.FromHertz(32_768);
    private readonly byte[] _ram = new byte[RamSize];
    private ulong _memoryBelow4G;
    private ulong _memoryAbove4G;
    private byte _index;
    private ulong _secondStart;
    private ulong _dividerStart;
    private ulong _periods;
    private bool _asserted;

    /// <summary>Makes the clock.</summary>
    public RealTimeClock(IClock clock)
    {
        _clock = clock;
        Reset();
    }

    private bool IsRunning => (_ram[RegisterA] & DividerMask) == DividerRuns;

    private bool IsUpdating => IsRunning && (_ram[RegisterB] & InhibitUpdates) == 0;

    /// <summary>Ticks of 32768 Hz between periodic interrupts; 0 for none (table 5).</summary>
    private int PeriodShift
    {
        get
        {
            int rate = _ram[RegisterA] & RateMask;
            return rate == 0 ? -1 : rate <= 2 ? rate + 6 : rate - 1;
        }
    }

    /// <summary>
    /// Says what firmware would have found of the domain's memory. It is there after the next <see cref="Reset"/>.
    /// </summary>
    /// <param name="below4G">Bytes of memory from address 0 to the hole below 4 GiB.</param>
    /// <param name="above4G">Bytes of memory from 4 GiB on.</param>
    public void SetMemorySizes(ulong below4G, ulong above4G)
    {
        _memoryBelow4G = below4G;
        _memoryAbove4G = above4G;
    }

    /// <summary>
    /// The state after power-on, with the time of the machine and the memory sizes that firmware would have found.
    /// </summary>
    public override void Reset()
    {
        for (int i = 0; i < _ram.Length; i++)
        {
            _ram[i] = 0;
        }

        ulong now = _clock.Nanoseconds;
        _index = 0;
        _dividerStart = now;
        _periods = 0;
        _ram[RegisterA] = InitialA;
        _ram[RegisterB] = TwentyFourHours;
        _ram[RegisterD] = _clock.WallClockOrigin == 0 ? (byte)0 : ValidTime;

        // The Unix epoch was a Thursday.
        WriteCalendar(1970, 1, 1);
        _ram[DayOfWeek] = 5;
        ulong seconds = now / Second;
        _secondStart = seconds * Second;
        AddSeconds(_clock.WallClockOrigin + seconds);
        WriteMemorySizes(_memoryBelow4G, _memoryAbove4G);
        Update();
    }

    /// <inheritdoc/>
    public override void Advance(ulong now)
    {
        // What is not awaited as an interrupt is settled when somebody looks.
        if (now >= Deadline)
        {
            Settle(now);
            Update();
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        if (offset == IndexPort)
        {
            return 0xFF;
        }

        ulong now = _clock.Nanoseconds;
        Settle(now);
        byte value = _ram[_index];
        switch (_index)
        {
            case RegisterA:
                value |= IsUpdating && now - _secondStart >= Second - UpdateTime ? UpdateInProgress : (byte)0;
                break;
            case RegisterC:
                value |= (value & _ram[RegisterB] & EnableMask) != 0 ? InterruptRequest : (byte)0;
                _ram[RegisterC] = 0;
                break;
            default:
                break;
        }

        Update();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset == IndexPort)
        {
            _index = (byte)(value & IndexMask);
            return;
        }

        ulong now = _clock.Nanoseconds;
        Settle(now);
        byte data = (byte)value;
        switch (_index)
        {
            case RegisterA:
                WriteRegisterA(data, now);
                break;
            case RegisterB:
                // Stopping the updates also turns off their interrupt.
                _ram[RegisterB] = (data & InhibitUpdates) != 0 ? (byte)(data & ~EnableUpdate) : data;
                break;
            case RegisterC:
            case RegisterD:
                break;
            default:
                _ram[_index] = data;
                break;
        }

        Update();
    }

    private static uint DaysInMonth(uint month, uint year)
    {
        switch (month)
        {
            case 2:
                return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29u : 28u;
            case 4:
            case 6:
            case 9:
            case 11:
                return 30;
            default:
                return 31;
        }
    }

    private void WriteRegisterA(byte value, ulong now)
    {
        bool wasRunning = IsRunning;
        _ram[RegisterA] = (byte)(value & ~UpdateInProgress);
        if (IsRunning && !wasRunning)
        {
            _dividerStart = now;
            _secondStart = now + FirstUpdate - Second;
        }

        _periods = Periods(now);
    }

    /// <summary>Periodic interrupts that would have come since the divider started.</summary>
    private ulong Periods(ulong now) => PeriodShift < 0 ? 0 : _rate.ToTicks(now - _dividerStart) >> PeriodShift;

    /// <summary>Lets everything happen that is due: flags rise and full seconds are added to the time.</summary>
    private void Settle(ulong now)
    {
        if (!IsRunning)
        {
            return;
        }

        ulong periods = Periods(now);
        if (periods != _periods)
        {
            _periods = periods;
            _ram[RegisterC] |= EnablePeriodic;
        }

        // The divider may have been started less than half a second before its first full second.
        ulong seconds = unchecked((long)(now - _secondStart)) < 0 ? 0 : (now - _secondStart) / Second;
        if (seconds == 0)
        {
            return;
        }

        _secondStart += seconds * Second;
        if (IsUpdating)
        {
            uint alarm = SecondsToAlarm();
            _ram[RegisterC] |= alarm != 0 && alarm <= seconds ? (byte)(EnableUpdate | EnableAlarm) : EnableUpdate;
            AddSeconds(seconds);
        }
    }

    /// <summary>Drives the line and plans what comes next.</summary>
    private void Update()
    {
        int enabled = _ram[RegisterB] & EnableMask;
        bool asserted = (_ram[RegisterC] & enabled) != 0;
        if (asserted != _asserted)
        {
            _asserted = asserted;
            SetLine(asserted);
        }

        // A flag that is up already raises nothing until it is read: however late that is, one interrupt stands for all.
        int awaited = enabled & ~_ram[RegisterC];
        ulong deadline = ulong.MaxValue;
        if ((awaited & EnablePeriodic) != 0 && IsRunning && PeriodShift >= 0)
        {
            deadline = _dividerStart + _rate.ToNanoseconds((_periods + 1) << PeriodShift);
        }

        if (IsUpdating)
        {
            uint alarm = (awaited & EnableAlarm) != 0 ? SecondsToAlarm() : 0;
            uint seconds = (awaited & EnableUpdate) != 0 ? 1 : alarm;
            ulong due = _secondStart + (seconds * Second);
            deadline = seconds != 0 && due < deadline ? due : deadline;
        }

        Deadline = deadline;
    }

    private uint Decode(byte value) =>
        (_ram[RegisterB] & BinaryMode) != 0 ? value : (uint)(((value >> 4) * 10) + (value & 0xF));

    private byte Encode(uint value) =>
        (byte)((_ram[RegisterB] & BinaryMode) != 0 ? value : (value / 10 << 4) | (value % 10));

    private uint DecodeHour(byte value)
    {
        if ((_ram[RegisterB] & TwentyFourHours) != 0)
        {
            return Decode(value);
        }

        uint hour = Decode((byte)(value & ~AfterNoon));
        return (hour == 12 ? 0 : hour) + ((value & AfterNoon) != 0 ? 12u : 0);
    }

    private byte EncodeHour(uint hour)
    {
        if ((_ram[RegisterB] & TwentyFourHours) != 0)
        {
            return Encode(hour);
        }

        uint half = hour >= 12 ? hour - 12 : hour;
        return (byte)(Encode(half == 0 ? 12 : half) | (hour >= 12 ? AfterNoon : 0));
    }

    /// <summary>A value that a guest wrote, brought into its range: hardware would count on from any nonsense.</summary>
    private uint Field(int register, uint lowest, uint highest)
    {
        uint value = register == Hours ? DecodeHour(_ram[register]) : Decode(_ram[register]);
        return value < lowest ? lowest : value > highest ? highest : value;
    }

    private void AddSeconds(ulong seconds)
    {
        ulong total = (Field(Hours, 0, 23) * 3600) + (Field(Minutes, 0, 59) * 60) + Field(Seconds, 0, 59) + seconds;
        ulong days = total / 86_400;
        uint rest = (uint)(total - (days * 86_400));
        _ram[Hours] = EncodeHour(rest / 3600);
        _ram[Minutes] = Encode(rest / 60 % 60);
        _ram[Seconds] = Encode(rest % 60);
        if (days != 0)
        {
            AddDays(days > MaximumDays ? MaximumDays : (uint)days);
        }
    }

    /// <summary>More than there are in the 10000 years that the registers can show.</summary>
    private const uint MaximumDays = 3_700_000;

    private void AddDays(uint days)
    {
        _ram[DayOfWeek] = Encode(((Field(DayOfWeek, 1, 7) - 1 + days) % 7) + 1);
        uint year = (Field(Century, 0, 99) * 100) + Field(Year, 0, 99);
        uint month = Field(Month, 1, 12);
        uint day = Field(DayOfMonth, 1, 31) + days;
        while (day > DaysInMonth(month, year))
        {
            day -= DaysInMonth(month, year);
            month++;
            if (month > 12)
            {
                month = 1;
                year++;
            }
        }

        WriteCalendar(year % 10_000, month, day);
    }

    private void WriteCalendar(uint year, uint month, uint day)
    {
        _ram[Century] = Encode(year / 100);
        _ram[Year] = Encode(year % 100);
        _ram[Month] = Encode(month);
        _ram[DayOfMonth] = Encode(day);
    }

    /// <summary>
    /// Seconds from the time in the registers to the next alarm, 1 to 86400; 0 when none of its values ever comes.
    /// </summary>
    private uint SecondsToAlarm()
    {
        byte hour = _ram[AlarmHours];
        byte minute = _ram[AlarmMinutes];
        byte second = _ram[AlarmSeconds];
        if ((hour < AlarmAny && DecodeHour(hour) > 23) || (minute < AlarmAny && Decode(minute) > 59)
            || (second < AlarmAny && Decode(second) > 59))
        {
            return 0;
        }

        uint start = (Field(Hours, 0, 23) * 3600) + (Field(Minutes, 0, 59) * 60) + Field(Seconds, 0, 59);
        uint time = start + 1;
        while (time <= start + 86_400)
        {
            // From the coarsest field down: whatever does not match is skipped whole.
            if (hour < AlarmAny && DecodeHour(hour) != time / 3600 % 24)
            {
                time = ((time / 3600) + 1) * 3600;
            }
            else if (minute < AlarmAny && Decode(minute) != time / 60 % 60)
            {
                time = ((time / 60) + 1) * 60;
            }
            else if (second < AlarmAny && Decode(second) != time % 60)
            {
                time++;
            }
            else
            {
                return time - start;
            }
        }

        return 0;
    }

    private void WriteMemorySizes(ulong below4G, ulong above4G)
    {
        const ulong Kib = 1024;
        const ulong Mib = 1024 * Kib;
        _ram[Equipment] = EquipmentCoprocessor;
        WriteWord(BaseMemory, BaseMemoryKib);
        ulong extended = below4G > Mib ? (below4G - Mib) / Kib : 0;
        WriteWord(ExtendedMemory, extended);
        WriteWord(ExtendedMemoryFound, extended);
        WriteWord(MemoryAbove16M, below4G > 16 * Mib ? (below4G - (16 * Mib)) / (64 * Kib) : 0);
        ulong above = Math.Min(above4G / (64 * Kib), 0xFF_FFFF);
        _ram[MemoryAbove4G] = (byte)above;
        _ram[MemoryAbove4G + 1] = (byte)(above >> 8);
        _ram[MemoryAbove4G + 2] = (byte)(above >> 16);

        int sum = 0;
        for (int i = FirstChecked; i < Checksum; i++)
        {
            sum += _ram[i];
        }

        _ram[Checksum] = (byte)(sum >> 8);
        _ram[Checksum + 1] = (byte)sum;
    }

    private void WriteWord(int register, ulong value)
    {
        ulong word = value > 0xFFFF ? 0xFFFF : value;
        _ram[register] = (byte)word;
        _ram[register + 1] = (byte)(word >> 8);
    }
}
