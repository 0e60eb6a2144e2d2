using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Time;

/// <summary>
/// Finds out how fast the counters run: from CPUID where it tells, otherwise by comparing them for some milliseconds with a timer
/// of known frequency, the ACPI power management timer or the 8254.
/// </summary>
internal sealed class TimerCalibration
{
    // The window. A tick of the ACPI timer is 279 ns, which makes 70 ppm of it; the launch waits for it.
    private const ulong WindowMicroseconds = 4_000;
    private const int Attempts = 6;
    private const int Patience = 1_000_000;

    // ACPI 6.5, 4.8.3.3: a counter of 24 or 32 bits.
    private const ulong AcpiTimerHertz = 3_579_545;
    private const uint AcpiTimerMask = 0xFF_FFFF;

    // 8254 data sheet; channel 2 counts down while bit 0 of port 61h is set, its speaker (bit 1) off.
    private const ulong PitHertz = 1_193_182;
    private const uint PitMask = 0xFFFF;
    private const ushort PitChannel2 = 0x42;
    private const ushort PitCommand = 0x43;
    private const ushort PitGate = 0x61;
    private const byte PitGateOn = 1;
    private const byte PitSpeaker = 2;
    private const byte PitChannel2Mode0 = 0xB0;
    private const byte PitLatchChannel2 = 0x80;
    private const byte PitMaximum = 0xFF;

    private readonly IHostProcessor _processor;
    private readonly HostLocalApic _apic;
    private readonly ushort _acpiTimerPort;
    private bool _usesPit;

    /// <summary>Prepares the comparison.</summary>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="apic">The local APIC, enabled.</param>
    /// <param name="acpiTimerPort">The port of the ACPI timer; 0 when there is none.</param>
    public TimerCalibration(IHostProcessor processor, HostLocalApic apic, ushort acpiTimerPort)
    {
        _processor = processor;
        _apic = apic;
        _acpiTimerPort = acpiTimerPort;
    }

    /// <summary>Finds the rates.</summary>
    /// <returns>False when the machine has no timer that runs.</returns>
    public bool TryMeasure(out TimerRates rates)
    {
        rates = default;
        if (TryCpuid(ref rates))
        {
            return true;
        }

        _usesPit = _acpiTimerPort == 0;
        if (!_usesPit && TryCompare(AcpiTimerHertz, AcpiTimerMask, ref rates))
        {
            rates.Source = "acpi-timer";
            return true;
        }

        _usesPit = true;
        StartPit();
        rates.Source = "8254";
        return TryCompare(PitHertz, PitMask, ref rates);
    }

    // Intel SDM vol 2, CPUID 15h: crystal frequency in ECX, ratio EBX/EAX. Hypervisors: 4000_0010h, EAX the time-stamp counter
    // and EBX the local APIC's timer in kHz (VMware; Linux Documentation/virt/kvm/x86/cpuid.rst).
    private bool TryCpuid(ref TimerRates rates)
    {
        const uint LeafTimeStamp = 0x15;
        const uint LeafHypervisor = 0x4000_0000;
        const uint LeafHypervisorTiming = 0x4000_0010;
        const uint FeatureHypervisor = 1u << 31;
        const uint NameVmware = 0x6177_4D56;
        const uint NameKvm = 0x4B4D_564B;
        const ulong HertzPerKilohertz = 1_000;

        rates.Source = "cpuid";
        if (_processor.Cpuid(0, 0).Eax >= LeafTimeStamp)
        {
            CpuidResult ratio = _processor.Cpuid(LeafTimeStamp, 0);
            if (ratio.Eax != 0 && ratio.Ebx != 0 && ratio.Ecx != 0)
            {
                rates.TimeStampKilohertz = (ulong)ratio.Ecx * ratio.Ebx / ratio.Eax / HertzPerKilohertz;
                rates.ApicTimerKilohertz = ratio.Ecx / HertzPerKilohertz;
                return rates.TimeStampKilohertz != 0;
            }
        }

        CpuidResult hypervisor = _processor.Cpuid(LeafHypervisor, 0);
        if ((_processor.Cpuid(1, 0).Ecx & FeatureHypervisor) == 0
            || hypervisor.Eax < LeafHypervisorTiming
            || (hypervisor.Ebx != NameVmware && hypervisor.Ebx != NameKvm))
        {
            return false;
        }

        CpuidResult timing = _processor.Cpuid(LeafHypervisorTiming, 0);
        rates.TimeStampKilohertz = timing.Eax;
        rates.ApicTimerKilohertz = timing.Ebx;
        return timing.Eax != 0 && (timing.Ebx != 0 || _apic.HasTscDeadline);
    }

    private bool TryCompare(ulong hertz, uint mask, ref TimerRates rates)
    {
        const ulong MicrosecondsPerSecond = 1_000_000;
        const ulong HertzPerKilohertz = 1_000;
        ulong window = hertz * WindowMicroseconds / MicrosecondsPerSecond;
        _apic.StartMeasuring();
        Sample start = Take();
        bool runs = false;
        for (int i = 0; i < Patience && !runs; i++)
        {
            runs = ((ReadReference() - start.Reference) & mask) >= window;
        }

        Sample end = Take();
        _apic.StopMeasuring();
        ulong elapsed = (end.Reference - start.Reference) & mask;
        if (!runs || elapsed == 0)
        {
            return false;
        }

        ulong divisor = elapsed * HertzPerKilohertz;
        rates.TimeStampKilohertz = ((end.TimeStamp - start.TimeStamp) * hertz) / divisor;
        rates.ApicTimerKilohertz = ((ulong)(start.ApicCount - end.ApicCount) * hertz) / divisor;
        return rates.TimeStampKilohertz != 0 && (rates.ApicTimerKilohertz != 0 || _apic.HasTscDeadline);
    }

    // The three counters at one moment: of some attempts the quickest one, since whatever interrupts this code (a machine's own
    // firmware, an emulator's host) makes an attempt longer.
    private Sample Take()
    {
        Sample best = default;
        ulong shortest = ulong.MaxValue;
        for (int i = 0; i < Attempts; i++)
        {
            ulong before = Processor.ReadTimeStamp();
            Sample sample = default;
            sample.Reference = ReadReference();
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

    // Counts up, in ticks of the reference; the caller masks.
    private uint ReadReference()
    {
        if (!_usesPit)
        {
            return Ports.Read32(_acpiTimerPort);
        }

        Ports.Write8(PitCommand, PitLatchChannel2);
        uint low = Ports.Read8(PitChannel2);
        uint high = Ports.Read8(PitChannel2);
        return 0u - ((high << 8) | low);
    }

    private static void StartPit()
    {
        Ports.Write8(PitGate, (byte)((Ports.Read8(PitGate) & ~PitSpeaker) | PitGateOn));
        Ports.Write8(PitCommand, PitChannel2Mode0);
        Ports.Write8(PitChannel2, PitMaximum);
        Ports.Write8(PitChannel2, PitMaximum);
    }

    private struct Sample
    {
        public ulong TimeStamp;
        public uint Reference;
        public uint ApicCount;
    }
}
