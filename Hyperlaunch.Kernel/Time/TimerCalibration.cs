using System.Collections.Generic;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Time;

/// <summary>
/// Finds out how fast the counters run: from the processor where it tells exactly, otherwise by comparing them for some
/// milliseconds with a timer of known frequency; where there is none, from what the processor tells nominally.
/// </summary>
internal sealed class TimerCalibration
{
    // The window. A tick of the ACPI timer is 279 ns, which makes 70 ppm of it; the launch waits for it.
    private const ulong WindowMicroseconds = 4_000;
    private const int Attempts = 6;
    private const int Patience = 4_000_000;

    private readonly IHostProcessor _processor;
    private readonly HostLocalApic _apic;
    private readonly IReadOnlyList<ReferenceTimer> _references;

    /// <summary>Prepares the comparison.</summary>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="apic">The local APIC, enabled.</param>
    /// <param name="references">The machine's timers, the best first. One that does not run is passed over.</param>
    public TimerCalibration(IHostProcessor processor, HostLocalApic apic, IReadOnlyList<ReferenceTimer> references)
    {
        _processor = processor;
        _apic = apic;
        _references = references;
    }

    /// <summary>Finds the rates.</summary>
    /// <returns>False when the machine has no timer that runs, and its processor tells nothing.</returns>
    public bool TryMeasure(out TimerRates rates)
    {
        if (ProcessorFrequency.TryExact(_processor, out ulong timeStamp, out ulong timer))
        {
            rates = new TimerRates { TimeStampKilohertz = timeStamp, ApicTimerKilohertz = timer, Source = "cpuid" };
            return timer != 0 || _apic.HasTscDeadline || TryCompareTimer(timeStamp, out rates);
        }

        for (int i = 0; i < _references.Count; i++)
        {
            if (TryCompare(_references[i], out rates))
            {
                return true;
            }
        }

        if (ProcessorFrequency.TryByModel(_processor, out timeStamp, out timer))
        {
            rates = new TimerRates { TimeStampKilohertz = timeStamp, ApicTimerKilohertz = timer, Source = "crystal" };
            return true;
        }

        timeStamp = ProcessorFrequency.Nominal(_processor, ModelRegisters.Instance);
        rates = new TimerRates { TimeStampKilohertz = timeStamp, Source = "nominal" };
        return timeStamp != 0 && (_apic.HasTscDeadline || TryCompareTimer(timeStamp, out rates));
    }

    /// <summary>Compares the counters with a timer.</summary>
    /// <returns>False when it does not run, or the counters do not.</returns>
    public bool TryCompare(ReferenceTimer reference, out TimerRates rates)
    {
        const ulong MicrosecondsPerSecond = 1_000_000;
        const ulong HertzPerKilohertz = 1_000;
        rates = new TimerRates { Source = reference.Name };
        ulong window = reference.Hertz * WindowMicroseconds / MicrosecondsPerSecond;
        reference.Start();
        _apic.StartMeasuring();
        Sample start = Take(reference);
        bool runs = false;
        for (int i = 0; i < Patience && !runs; i++)
        {
            runs = ((reference.Read() - start.Reference) & reference.Mask) >= window;
        }

        Sample end = Take(reference);
        _apic.StopMeasuring();
        ulong elapsed = (end.Reference - start.Reference) & reference.Mask;
        if (!runs || elapsed == 0)
        {
            return false;
        }

        ulong divisor = elapsed * HertzPerKilohertz;
        rates.TimeStampKilohertz = ((end.TimeStamp - start.TimeStamp) * reference.Hertz) / divisor;
        rates.ApicTimerKilohertz = ((ulong)(start.ApicCount - end.ApicCount) * reference.Hertz) / divisor;
        return rates.TimeStampKilohertz != 0 && (rates.ApicTimerKilohertz != 0 || _apic.HasTscDeadline);
    }

    // The time-stamp counter's frequency is known, the timer's is not.
    private bool TryCompareTimer(ulong timeStampKilohertz, out TimerRates rates)
    {
        bool done = TryCompare(new TimeStampTimer(timeStampKilohertz), out rates);
        rates.TimeStampKilohertz = timeStampKilohertz;
        return done;
    }

    // The three counters at one moment: of some attempts the quickest one, since whatever interrupts this code (a machine's own
    // firmware, an emulator's host) makes an attempt longer.
    private Sample Take(ReferenceTimer reference)
    {
        Sample best = default;
        ulong shortest = ulong.MaxValue;
        for (int i = 0; i < Attempts; i++)
        {
            ulong before = Processor.ReadTimeStamp();
            Sample sample = default;
            sample.Reference = reference.Read();
            sample.ApicCount = _apic.CurrentCount;
            ulong duration = Processor.ReadTimeStamp() - before;
            if (duration < shortest)
            {
                shortest = duration;
                sample.TimeStamp = before + (duration / 2);
                best = sample;
            }
        }

        return best;
    }

    private struct Sample
    {
        public ulong TimeStamp;
        public uint Reference;
        public uint ApicCount;
    }
}
