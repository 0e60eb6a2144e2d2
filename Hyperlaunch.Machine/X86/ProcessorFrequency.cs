namespace Hyperlaunch.Machine.X86;

/// <summary>
/// How fast the processor says that its time-stamp counter and its local APIC's timer run. What is exact spares the comparison
/// with another timer; what is nominal only is for machines that have no other timer.
/// </summary>
public static class ProcessorFrequency
{
    private const uint LeafTimeStamp = 0x15;
    private const uint LeafNominal = 0x16;
    private const uint LeafHypervisor = 0x4000_0000;
    private const uint LeafHypervisorTiming = 0x4000_0010;
    private const uint NameVmware = 0x6177_4D56;
    private const uint NameKvm = 0x4B4D_564B;
    private const ulong HertzPerKilohertz = 1_000;
    private const ulong KilohertzPerMegahertz = 1_000;
    private const uint MegahertzMask = 0xFFFF;

    // AMD's highest performance state, at whose frequency the counter runs (BKDGs and PPRs of the families, MSRC001_0064).
    private const uint FirstState = 0xC001_0064;
    private const ulong StateEnabled = 1UL << 63;

    /// <summary>Asks for what is exact.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="timeStamp">The time-stamp counter's frequency in kHz.</param>
    /// <param name="timer">The local APIC's timer's, undivided, in kHz; 0 when it is not told.</param>
    /// <returns>False when nothing is told.</returns>
    public static bool TryExact(IHostProcessor processor, out ulong timeStamp, out ulong timer)
    {
        ProcessorModel model = new(processor);

        // The hypervisor below knows best: it may show the leaf of a processor whose timers it emulates at other rates.
        // (4000_0010h: EAX the counter and EBX the timer in kHz: VMware; Linux Documentation/virt/kvm/x86/cpuid.rst.)
        CpuidResult hypervisor = model.IsVirtual ? processor.Cpuid(LeafHypervisor, 0) : default;
        if (hypervisor.Eax >= LeafHypervisorTiming && hypervisor.Ebx is NameVmware or NameKvm)
        {
            CpuidResult timing = processor.Cpuid(LeafHypervisorTiming, 0);
            timeStamp = timing.Eax;
            timer = timing.Ebx;
            if (timeStamp != 0)
            {
                return true;
            }
        }

        CpuidResult ratio = RatioOf(processor);
        return TryRates(in ratio, ratio.Ecx, out timeStamp, out timer);
    }

    /// <summary>
    /// Asks for what follows from the model's usual crystal, where the processor tells only its ratio. It is no better than a
    /// comparison: Bochs shows a model's ratio and runs at a rate of its own.
    /// </summary>
    /// <inheritdoc cref="TryExact"/>
    public static bool TryByModel(IHostProcessor processor, out ulong timeStamp, out ulong timer)
    {
        ProcessorModel model = new(processor);
        CpuidResult ratio = RatioOf(processor);
        return TryRates(in ratio, CrystalHertz(in model), out timeStamp, out timer);
    }

    /// <summary>Asks for what is nominal: right to some parts in a thousand.</summary>
    /// <returns>The time-stamp counter's frequency in kHz; 0 when nothing is told.</returns>
    public static ulong Nominal(IHostProcessor processor, IModelRegisters registers)
    {
        ProcessorModel model = new(processor);
        if (model.IsVirtual)
        {
            return 0;
        }

        if (model.IsAmd)
        {
            bool isTold = registers.TryRead(FirstState, out ulong state) && (state & StateEnabled) != 0;
            return isTold ? AmdKilohertz(model.Family, state) : 0;
        }

        // CPUID 16h: base frequency in MHz.
        uint megahertz = processor.Cpuid(0, 0).Eax >= LeafNominal ? processor.Cpuid(LeafNominal, 0).Eax & MegahertzMask : 0;
        return megahertz * KilohertzPerMegahertz;
    }

    // Intel SDM volume 2, CPUID 15h: crystal frequency in ECX, ratio EBX/EAX; volume 3, 19.7.3 for those that leave ECX out.
    private static CpuidResult RatioOf(IHostProcessor processor)
        => processor.Cpuid(0, 0).Eax >= LeafTimeStamp ? processor.Cpuid(LeafTimeStamp, 0) : default;

    private static bool TryRates(in CpuidResult ratio, ulong crystal, out ulong timeStamp, out ulong timer)
    {
        timeStamp = ratio.Eax == 0 ? 0 : crystal * ratio.Ebx / ratio.Eax / HertzPerKilohertz;
        timer = crystal / HertzPerKilohertz;
        return timeStamp != 0;
    }

    // Intel SDM volume 3, table 19-8 (nominal core crystal clock frequency), for models whose leaf 15h leaves it out.
    private static ulong CrystalHertz(in ProcessorModel model)
    {
        const ulong Client = 24_000_000;
        const ulong Server = 25_000_000;
        const ulong Atom = 19_200_000;
        const int Family = 6;
        if (!model.IsIntel || model.IsVirtual || model.Family != Family)
        {
            return 0;
        }

        return model.Model switch
        {
            0x4E or 0x5E or 0x8E or 0x9E => Client,
            0x55 or 0x5F => Server,
            0x5C => Atom,
            _ => 0,
        };
    }

    private static ulong AmdKilohertz(int family, ulong state)
    {
        const ulong Step = 100_000;
        const ulong ZenStep = 200_000;
        const ulong Zen5Step = 5_000;
        switch (family)
        {
            case 0x10 or 0x15 or 0x16:
                return (Step * ((state & 0x3F) + 0x10)) >> (int)(state >> 6 & 7);
            case 0x17 or 0x18 or 0x19:
                uint divider = (uint)(state >> 8 & 0x3F);
                return divider == 0 ? 0 : ZenStep * (state & 0xFF) / divider;
            case 0x1A:
                return Zen5Step * (state & 0xFFF);
            default:
                return 0;
        }
    }
}
