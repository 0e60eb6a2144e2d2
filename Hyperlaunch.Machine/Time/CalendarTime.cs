namespace Hyperlaunch.Machine.Time;

/// <summary>A date and time of day as a clock with registers holds it.</summary>
public struct CalendarTime
{
    /// <summary>0 to 59.</summary>
    public int Second;

    /// <summary>0 to 59.</summary>
    public int Minute;

    /// <summary>0 to 23.</summary>
    public int Hour;

    /// <summary>1 to 31.</summary>
    public int Day;

    /// <summary>1 to 12.</summary>
    public int Month;

    /// <summary>All four digits.</summary>
    public int Year;

    private const int FirstYear = 1970;

    /// <summary>Seconds since 1970-01-01T00:00:00Z; 0 when a field is out of its range.</summary>
    public readonly ulong ToUnixSeconds()
    {
        bool isDate = Year >= FirstYear && Month is >= 1 and <= 12 && Day is >= 1 && Day <= DaysOf(Month, Year);
        bool isTime = Hour is >= 0 and <= 23 && Minute is >= 0 and <= 59 && Second is >= 0 and <= 59;
        if (!isDate || !isTime)
        {
            return 0;
        }

        int days = Day - 1;
        for (int year = FirstYear; year < Year; year++)
        {
            days += IsLeap(year) ? 366 : 365;
        }

        for (int month = 1; month < Month; month++)
        {
            days += DaysOf(month, Year);
        }

        return ((((((ulong)days * 24) + (ulong)Hour) * 60) + (ulong)Minute) * 60) + (ulong)Second;
    }

    private static int DaysOf(int month, int year) => month switch
    {
        2 => IsLeap(year) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    private static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
