using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Kernel.Time;

/// <summary>The machine's CMOS clock (Motorola MC146818A data sheet).</summary>
internal static class HostRealTimeClock
{
    private const ushort IndexPort = 0x70;
    private const ushort DataPort = 0x71;
    private const byte Seconds = 0x00;
    private const byte Minutes = 0x02;
    private const byte Hours = 0x04;
    private const byte Day = 0x07;
    private const byte Month = 0x08;
    private const byte Year = 0x09;
    private const byte StatusA = 0x0A;
    private const byte StatusB = 0x0B;
    private const byte UpdateInProgress = 1 << 7;
    private const byte TwentyFourHours = 1 << 1;
    private const byte BinaryNumbers = 1 << 2;
    private const byte Afternoon = 1 << 7;

    // An update takes up to 2 ms; a port access no less than half a microsecond.
    private const int UpdatePatience = 4_000;
    private const int Attempts = 4;

    /// <summary>
    /// Seconds since 1970-01-01T00:00:00Z, taking the clock for UTC; 0 when it gives no sensible answer. Takes at most some
    /// milliseconds.
    /// </summary>
    /// <param name="centuryIndex">The CMOS index of the century; 0 when there is none.</param>
    public static ulong ReadUnixSeconds(byte centuryIndex)
    {
        for (int i = 0; i < Attempts; i++)
        {
            for (int wait = 0; wait < UpdatePatience && (Read(StatusA) & UpdateInProgress) != 0; wait++)
            {
            }

            CalendarTime time = ReadOnce(centuryIndex);
            if ((Read(StatusA) & UpdateInProgress) == 0 && Number(Seconds) == time.Second)
            {
                return time.ToUnixSeconds();
            }
        }

        return 0;
    }

    private static CalendarTime ReadOnce(byte centuryIndex)
    {
        const int DefaultCentury = 20;
        const int HoursOfHalfDay = 12;
        const int YearsPerCentury = 100;
        byte hours = Read(Hours);
        int hour = Convert((byte)(hours & ~Afternoon));
        if ((Read(StatusB) & TwentyFourHours) == 0)
        {
            // 12 is the first hour of each half.
            hour = (hour == HoursOfHalfDay ? 0 : hour) + ((hours & Afternoon) != 0 ? HoursOfHalfDay : 0);
        }

        int century = centuryIndex == 0 ? DefaultCentury : Number(centuryIndex);
        return new CalendarTime
        {
            Second = Number(Seconds),
            Minute = Number(Minutes),
            Hour = hour,
            Day = Number(Day),
            Month = Number(Month),
            Year = ((century is 19 or 20 ? century : DefaultCentury) * YearsPerCentury) + Number(Year),
        };
    }

    private static int Number(byte index) => Convert(Read(index));

    private static int Convert(byte value)
        => (Read(StatusB) & BinaryNumbers) != 0 ? value : ((value >> 4) * 10) + (value & 0xF);

    private static byte Read(byte index)
    {
        Ports.Write8(IndexPort, index);
        return Ports.Read8(DataPort);
    }
}
