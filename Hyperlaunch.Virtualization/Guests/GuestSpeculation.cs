using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// How one guest processor protects itself: its SPEC_CTRL, which is switched at exits and entries, PRED_CMD, and what it learns
/// from IA32_ARCH_CAPABILITIES. It takes the bits that CPUID shows it, which are those that the CPU has; others are #GP.
/// </summary>
internal sealed unsafe class GuestSpeculation
{
    private readonly VirtualizationHost _host;
    private readonly GuestContext* _context;

    /// <summary>Makes that of one guest processor.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="context">The processor's context, whose fields the assembly reads; sound as long as the processor is.</param>
    public GuestSpeculation(VirtualizationHost host, GuestContext* context)
    {
        _host = host;
        _context = context;
    }

    /// <summary>
    /// The guest writes SPEC_CTRL without exits, because it has used it: its value is read at each exit from then on.
    /// </summary>
    public bool IsDirect { get; private set; }

    private SpeculationFacts Facts => _host.CurrentCpu!.Speculation.Facts;

    /// <summary>After power-on the register is 0 (Intel SDM volume 3, table 10-1).</summary>
    public void Reset()
    {
        _context->GuestControl = 0;
        IsDirect = false;
    }

    /// <summary>
    /// Prepares the next entry on this CPU. Since the last one the hypervisor may have touched any domain's data: where the L1
    /// data cache can leak, it is flushed (Intel, "L1 Terminal Fault", mitigations for virtual machine monitors).
    /// </summary>
    /// <param name="isSwitchedByProcessor">The guest's SPEC_CTRL is none of the assembly's business.</param>
    public void Enter(bool isSwitchedByProcessor)
    {
        SpeculationPolicy policy = _host.CurrentCpu!.Speculation;
        SpeculationMeasures measures = policy.Measures;
        if (isSwitchedByProcessor)
        {
            _context->GuestControl = policy.HostControl;
        }
        else if (IsDirect)
        {
            measures |= SpeculationMeasures.SwitchControl | SpeculationMeasures.ReadControl;
        }

        _context->HostControl = policy.HostControl;
        _context->Measures = measures;
    }

    /// <summary>Reads one of the three registers.</summary>
    /// <returns>False when it is none of them, or the processor has none such: then the guest gets #GP.</returns>
    public bool TryRead(uint index, out ulong value)
    {
        value = 0;
        switch (index)
        {
            case Msr.SpeculationControl:
                value = _context->GuestControl;
                return Facts.ControlBits != 0;
            case Msr.ArchitecturalCapabilities:
                value = Facts.Capabilities & SpeculationBits.GuestCapabilities;
                return SpeculationFacts.HasCapabilities(_host.Processor);
            default:
                return false;
        }
    }

    /// <summary>Writes one of the three registers.</summary>
    /// <returns>False when it is none of them, or the processor would fault on the value.</returns>
    public bool TryWrite(uint index, ulong value)
    {
        switch (index)
        {
            case Msr.SpeculationControl when (value & ~(ulong)Facts.ControlBits) == 0 && Facts.ControlBits != 0:
                _context->GuestControl = (uint)value;
                IsDirect |= value != 0;
                return true;
            case Msr.PredictionCommand when (value & ~(ulong)Facts.CommandBits) == 0 && Facts.CommandBits != 0:
                // Here and now: no other guest has run since the guest asked.
                _host.WriteMsr(Msr.PredictionCommand, value);
                return true;
            default:
                return false;
        }
    }
}
