using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>One guest processor under VMX.</summary>
/// <remarks>
/// The pointer is to pages that belong to this object for good and are larger than what is read through it; all uses in the parts
/// of this class are sound because of that.
/// </remarks>
internal sealed unsafe partial class VmxProcessor : GuestProcessor, IVirtualProcessor
{
    // The preemption timer fires at the latest after so many milliseconds, and never at once: a 0 would exit before the guest's
    // first instruction, for ever.
    private const ulong LongestRun = 10;
    private const ulong ShortestRun = 1;

    private readonly VirtualizationHost _host;
    private readonly VmxInstructions _instructions;
    private readonly VmxCapabilities _capabilities;
    private readonly VmxMsrBitmap _bitmap;
    private readonly Vmcs _vmcs;
    private readonly GuestContext* _context;
    private readonly ResidentState _resident;
    private readonly GuestSpeculation _speculation;
    private readonly ulong _eptPointer;
    private readonly ushort _vpid;
    private readonly uint _signature;
    private readonly ulong _allowedCr4;

    private int _translationsAreStale;
    private bool _linearTranslationsAreStale;

    /// <summary>Makes a guest processor in the state after power-on.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="instructions">How VMX's instructions are executed.</param>
    /// <param name="capabilities">What the machine offers.</param>
    /// <param name="bitmap">Which MSRs the guest reaches.</param>
    /// <param name="vmcs">Its control structure.</param>
    /// <param name="context">Its registers.</param>
    /// <param name="resident">What stays in the CPU.</param>
    /// <param name="eptPointer">The EPT pointer.</param>
    /// <param name="vpid">What its cached translations carry: no other guest processor's number, never 0.</param>
    /// <param name="signature">What EDX holds after power-on.</param>
    /// <param name="allowedCr4">The bits of CR4 that the guest may set.</param>
    public VmxProcessor(
        VirtualizationHost host,
        VmxInstructions instructions,
        VmxCapabilities capabilities,
        VmxMsrBitmap bitmap,
        Vmcs vmcs,
        GuestContext* context,
        ResidentState resident,
        ulong eptPointer,
        ushort vpid,
        uint signature,
        ulong allowedCr4)
        : base(host)
    {
        _host = host;
        _instructions = instructions;
        _capabilities = capabilities;
        _bitmap = bitmap;
        _vmcs = vmcs;
        _context = context;
        _resident = resident;
        _speculation = new GuestSpeculation(host, context);
        _eptPointer = eptPointer;
        _vpid = vpid;
        _signature = signature;
        _allowedCr4 = allowedCr4;
        Reset();
    }

    /// <inheritdoc/>
    public void Leave()
    {
        _resident.Leave();
        _vmcs.Leave((VmxCpu)_host.CurrentCpu!);
    }

    /// <inheritdoc/>
    public void InvalidateTranslations() => Volatile.Write(ref _translationsAreStale, 1);

    /// <inheritdoc/>
    protected override void PrepareCpu()
    {
        VmxCpu cpu = (VmxCpu)_host.CurrentCpu!;
        _resident.Enter();
        if (_vmcs.EnterCpu(cpu))
        {
            MoveTo(cpu);
        }

        _speculation.Enter(false);
    }

    /// <inheritdoc/>
    protected override bool TryRun(ref VmExit exit)
    {
        PrepareTranslations((VmxCpu)_host.CurrentCpu!);
        PrepareMode();
        PrepareTimer();
        _vmcs.WriteBack();
        uint status = _instructions.Run(_context, _vmcs.IsLaunched);
        if (status != VmxInstructions.Exited)
        {
            DecodeRefusal(status, ref exit);
            return true;
        }

        return TryDecodeExit(ref exit);
    }

    // This CPU may remember translations from the last time that it ran this guest processor, or another one of the domain, or
    // one with other tables at the same place: what became stale since then was invalidated elsewhere.
    private void MoveTo(VmxCpu cpu)
    {
        if (_vmcs.TakePreparation())
        {
            WriteConstants();
        }

        WriteHostState(cpu);
        InvalidateTranslations();
        _linearTranslationsAreStale = true;
    }

    // docs/vmx.md says why this is enough.
    private void PrepareTranslations(VmxCpu cpu)
    {
        if (Volatile.Read(ref _translationsAreStale) != 0)
        {
            Volatile.Write(ref _translationsAreStale, 0);
            cpu.InvalidateEpt(_eptPointer);
        }

        if (_linearTranslationsAreStale)
        {
            _linearTranslationsAreStale = false;
            if (_capabilities.HasVpid)
            {
                cpu.InvalidateVpid(_vpid);
            }
        }
    }

    // "IA-32e mode guest" must agree with EFER.LMA (Intel SDM vol 3, 27.3.1.1), which the hypervisor may have set.
    private void PrepareMode()
    {
        const ulong LongModeGuest = (ulong)EntryControls.LongModeGuest;
        ulong controls = _vmcs[VmcsSlot.EntryControls];
        bool isActive = (_vmcs[VmcsSlot.Efer] & ControlBits.EferLongModeActive) != 0;
        _vmcs[VmcsSlot.EntryControls] = isActive ? controls | LongModeGuest : controls & ~LongModeGuest;
    }

    // The timer of the local APIC ends the run too, on all machines but Bochs, which forgets it while the guest has its
    // interrupts off; a signal from another CPU likewise, which is why no run is long.
    private void PrepareTimer()
    {
        if (!_capabilities.HasPreemptionTimer)
        {
            return;
        }

        ulong now = _host.TimeStamp;
        ulong end = _host.TimerTimeStamp;
        ulong left = end > now ? end - now : 0;
        ulong longest = _host.TimeStampKilohertz * LongestRun;
        left = left < longest ? left : longest;
        ulong ticks = left >> _capabilities.TimerShift;
        _vmcs.Write(VmcsField.PreemptionTimer, ticks > ShortestRun ? ticks : ShortestRun);
    }
}
