using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>One guest processor under SVM.</summary>
/// <remarks>
/// The pointers are to pages that belong to this object for good and are larger than what is read through them; all uses in the
/// parts of this class are sound because of that.
/// </remarks>
internal sealed unsafe partial class SvmProcessor : GuestProcessor, IVirtualProcessor
{
    private const byte TlbDoNothing = 0;
    private const byte TlbFlushAll = 1;

    // How many PAUSE in one loop are spinning, and how many cycles apart they still are one loop.
    private const ushort PauseCount = 3000;
    private const ushort PauseThreshold = 128;

    private readonly VirtualizationHost _host;
    private readonly SvmInstructions _instructions;
    private readonly SvmCapabilities _capabilities;
    private readonly SvmPermissionMaps _maps;
    private readonly Vmcb* _vmcb;
    private readonly GuestContext* _context;
    private readonly ResidentState _resident;
    private readonly GuestSpeculation _speculation;
    private readonly ulong _nestedRoot;
    private readonly uint _signature;
    private readonly ulong _allowedCr4;
    private readonly ulong _forcedCr4;

    // The CPU that this ran on last, and the generation in which that CPU gave it its address space.
    private SvmCpu? _cpu;
    private ulong _generation;
    private int _translationsAreStale;

    /// <summary>Makes a guest processor in the state after power-on.</summary>
    public SvmProcessor(
        VirtualizationHost host,
        SvmInstructions instructions,
        SvmCapabilities capabilities,
        SvmPermissionMaps maps,
        Vmcb* vmcb,
        GuestContext* context,
        ResidentState resident,
        ulong nestedRoot,
        uint signature,
        ulong allowedCr4)
        : base(host)
    {
        _host = host;
        _instructions = instructions;
        _capabilities = capabilities;
        _maps = maps;
        _vmcb = vmcb;
        _context = context;
        _resident = resident;
        _speculation = new GuestSpeculation(host, context);
        _nestedRoot = nestedRoot;
        _signature = signature;
        _allowedCr4 = allowedCr4;
        _forcedCr4 = capabilities.ForcedCr4;
        Reset();
    }

    /// <inheritdoc/>
    public void Leave() => _resident.Leave();

    /// <inheritdoc/>
    public void InvalidateTranslations() => Volatile.Write(ref _translationsAreStale, 1);

    /// <inheritdoc/>
    protected override void PrepareCpu()
    {
        SvmCpu cpu = (SvmCpu)_host.CurrentCpu!;
        _resident.Enter();
        if (!ReferenceEquals(_cpu, cpu))
        {
            MoveTo(cpu);
        }

        _speculation.Enter(_capabilities.HasVirtualSpeculationControl);
    }

    /// <inheritdoc/>
    protected override bool TryRun(ref VmExit exit)
    {
        SvmCpu cpu = _cpu!;
        PrepareTranslations(cpu);
        if (_capabilities.MayRepeatInterrupts && SvmEvent.IsInterrupt(_vmcb->EventInjection))
        {
            // The event is delivered before the interrupt that waits ends the run (AMD APM vol 2, 15.20).
            _host.InterruptSelf();
        }

        _instructions.Run(_context);
        AfterRun(cpu);
        return TryDecodeExit(ref exit);
    }

    // What a CPU kept of a control block is worthless on another one, and after other runs there (AMD APM vol 2, 15.15.1).
    private void MoveTo(SvmCpu cpu)
    {
        _cpu = cpu;
        _generation = 0;
        _vmcb->Clean = VmcbPart.None;
        _context->HostBlock = cpu.HostBlock;
    }

    // SvmCpu documents why this is enough.
    private void PrepareTranslations(SvmCpu cpu)
    {
        if (Volatile.Read(ref _translationsAreStale) != 0)
        {
            Volatile.Write(ref _translationsAreStale, 0);
            _generation = 0;
        }

        if (_generation != cpu.Generation)
        {
            _vmcb->AddressSpace = cpu.TakeAddressSpace();
            _generation = cpu.Generation;
            _vmcb->Clean &= ~VmcbPart.AddressSpace;
        }

        _vmcb->TlbControl = cpu.IsFlushPending ? TlbFlushAll : TlbDoNothing;
    }

    private void AfterRun(SvmCpu cpu)
    {
        if ((uint)_vmcb->ExitCode == (uint)SvmExitCode.Invalid)
        {
            _vmcb->Clean = VmcbPart.None;
            return;
        }

        cpu.Flushed();
        _vmcb->Clean = _capabilities.HasVmcbClean ? VmcbPart.All : VmcbPart.None;
    }
}
