namespace Hyperlaunch.Kernel.Time;

/// <summary>How fast the machine's counters run.</summary>
internal struct TimerRates
{
    /// <summary>The time-stamp counter, in kHz; never 0.</summary>
    public ulong TimeStampKilohertz;

    /// <summary>The local APIC's timer undivided, in kHz; 0 where nobody needs it.</summary>
    public ulong ApicTimerKilohertz;

    /// <summary>What they were compared with, for the log.</summary>
    public string Source;
}
