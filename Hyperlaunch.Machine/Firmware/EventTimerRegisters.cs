namespace Hyperlaunch.Machine.Firmware;

/// <summary>The registers of a high precision event timer (IA-PC HPET Specification 1.0a, section 2.3).</summary>
public static class EventTimerRegisters
{
    /// <summary>Capabilities: how many comparators, how long a tick lasts.</summary>
    public const ulong Capabilities = 0x000;

    /// <summary>General configuration.</summary>
    public const ulong Configuration = 0x010;

    /// <summary>The main counter.</summary>
    public const ulong Counter = 0x0F0;

    private const ulong FirstComparator = 0x100;
    private const ulong ComparatorSize = 0x20;
    private const int LastComparatorShift = 8;
    private const ulong LastComparatorMask = 0x1F;
    private const int PeriodShift = 32;
    private const uint LongestPeriod = 0x05F5_E100;
    private const ulong FemtosecondsPerSecond = 1_000_000_000_000_000;
    private const uint Enabled = 1 << 0;
    private const uint Legacy = 1 << 1;
    private const uint InterruptEnabled = 1 << 2;
    private const uint ByMessage = 1 << 14;

    /// <summary>How many comparators there are, 1 to 32.</summary>
    public static int CountComparators(ulong capabilities) => (int)(capabilities >> LastComparatorShift & LastComparatorMask) + 1;

    /// <summary>The counter's frequency in Hz; 0 when the period that is told is impossible.</summary>
    public static ulong Hertz(ulong capabilities)
    {
        uint period = (uint)(capabilities >> PeriodShift);
        return period is 0 or > LongestPeriod ? 0 : FemtosecondsPerSecond / period;
    }

    /// <summary>Where a comparator's configuration is.</summary>
    public static ulong Comparator(int index) => FirstComparator + ((ulong)index * ComparatorSize);

    /// <summary>A comparator's configuration without interrupts, by line or by message, which nothing else masks.</summary>
    public static uint Silent(uint configuration) => configuration & ~(InterruptEnabled | ByMessage);

    /// <summary>The general configuration with the counter running and the 8254's interrupt not replaced.</summary>
    public static uint Running(uint configuration) => (configuration | Enabled) & ~Legacy;
}
