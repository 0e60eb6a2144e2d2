using System.Threading;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Platform.Power;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// The running part of a domain: its memory, its platform, its processors, and whether they may run. It is made once, for as many
/// processors as its plan names, and started anew as often as the domain is built.
/// </summary>
/// <remarks>
/// The gate covers the platform's devices, the memory's first touches and the signals between processors. It is taken for the
/// length of one access, never while a guest runs, and nothing else is taken while it is held but the console's gate.
/// </remarks>
public sealed class VirtualMachine : IPowerRequests, IProcessorSignals
{
    private readonly VirtualCpu[] _cpus;
    private int _running;
    private int _stopped;
    private int _deviceKeeper;
    private StopRecord _record;
    private DomainEntry _entry;

    /// <summary>Makes the running part of a domain.</summary>
    /// <param name="domid">The domain; -1 for none.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="serial">Takes what its guests send on the first serial port.</param>
    /// <param name="control">Takes what its guests send on the second serial port; null when it has none.</param>
    /// <param name="processors">Its processors' states.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="cpuid">What its processors say of themselves.</param>
    /// <param name="interfaces">What it offers to guests that know it; the first one's CPUID leaves are at 0x40000000.</param>
    public VirtualMachine(
        int domid,
        GuestMemory memory,
        ISerialSink serial,
        ISerialSink? control,
        IVirtualProcessor[] processors,
        IClock clock,
        CpuidPolicy cpuid,
        IGuestInterface[] interfaces)
    {
        Domid = domid;
        Memory = memory;
        Interfaces = new GuestInterfaces(interfaces);
        ITaskPriority[] priorities = new ITaskPriority[processors.Length];
        for (int i = 0; i < processors.Length; i++)
        {
            priorities[i] = processors[i];
        }

        Platform = new VirtualPlatform(clock, this, this, serial, control, priorities);
        _cpus = new VirtualCpu[processors.Length];
        for (int i = 0; i < processors.Length; i++)
        {
            _cpus[i] = new VirtualCpu(this, i, processors[i], clock, cpuid);
        }

        Interfaces.Source?.Attach(this);
    }

    /// <summary>The domain that it is the running part of; -1 for none.</summary>
    public int Domid { get; }

    /// <summary>Its memory.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Its devices.</summary>
    public VirtualPlatform Platform { get; }

    /// <summary>What it offers to guests beyond a PC.</summary>
    internal GuestInterfaces Interfaces { get; }

    /// <summary>How many processors it has: as many as the last <see cref="Reset"/> said.</summary>
    public int CpuCount { get; private set; }

    /// <summary>How many processors it can have.</summary>
    public int Capacity => _cpus.Length;

    /// <summary>Where and how its first processor starts.</summary>
    internal ref readonly DomainEntry Entry => ref _entry;

    /// <summary>Covers what the remarks name.</summary>
    internal SpinGate Gate { get; } = new();

    /// <summary>Whether its processors may run.</summary>
    public bool IsRunning => Volatile.Read(ref _running) != 0 && !IsStopped;

    /// <summary>Whether it has come to an end.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped) != 0;

    /// <summary>
    /// Whether it has nothing to execute now: it does not run, or all its processors are halted. A hint, for which no gate is
    /// needed.
    /// </summary>
    public bool IsAtRest
    {
        get
        {
            bool isAtRest = true;
            for (int i = 0; i < _cpus.Length; i++)
            {
                isAtRest &= _cpus[i].State != VirtualCpuState.Runnable;
            }

            return isAtRest || !IsRunning;
        }
    }

    /// <summary>Whether none of its processors is in use on any CPU; once it is stopped or paused, this stays so.</summary>
    public bool IsQuiet
    {
        get
        {
            for (int i = 0; i < _cpus.Length; i++)
            {
                if (_cpus[i].IsActive)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>How it ended; meaningful once it is stopped.</summary>
    public ref readonly StopRecord Record => ref _record;

    /// <summary>One of its processors.</summary>
    public VirtualCpu Cpu(int index) => _cpus[index];

    /// <summary>
    /// Puts everything but the memory into the state after power-on, paused. It is quiet. What the processors hold in the CPUs
    /// that they live on is put into that state by these, before they are entered.
    /// </summary>
    /// <param name="cpuCount">How many processors it has from now on, 1 to <see cref="Capacity"/>.</param>
    public void Reset(int cpuCount)
    {
        Gate.Enter();
        _running = 0;
        _deviceKeeper = 0;
        _record = default;
        CpuCount = cpuCount;
        MemoryLayout layout = Memory.Layout;
        Platform.Reset(cpuCount, layout.LowBytes, layout.Size - layout.LowBytes);
        Interfaces.Reset();
        for (int i = 0; i < _cpus.Length; i++)
        {
            _cpus[i].Reset();
        }

        Volatile.Write(ref _stopped, 0);
        Gate.Exit();
    }

    /// <summary>
    /// Says where its first processor starts, once its memory holds what it starts with. Only after <see cref="Reset"/>.
    /// </summary>
    public void Start(in DomainEntry entry)
    {
        Gate.Enter();
        _entry = entry;
        _cpus[0].Start();
        Gate.Exit();
    }

    /// <summary>Lets its processors run.</summary>
    public void Unpause()
    {
        Volatile.Write(ref _running, 1);
        KickAll();
    }

    /// <summary>Keeps its processors from being entered again; those that run leave their guest soon.</summary>
    public void Pause()
    {
        Volatile.Write(ref _running, 0);
        KickAll();
    }

    /// <summary>Ends it from outside.</summary>
    public void Destroy() => TryStop(StopReason.Destroyed, -1);

    /// <summary>A byte arrives at its first serial port.</summary>
    /// <returns>False when the port has no room for it.</returns>
    public bool TryReceiveSerial(byte value)
    {
        Gate.Enter();
        bool taken = Platform.Serial.TryReceive(value);
        Gate.Exit();
        return taken;
    }

    /// <summary>A byte arrives at the console of its guest interface.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TryReceiveByRing(byte value)
    {
        Gate.Enter();
        bool taken = Interfaces.Console is null || Interfaces.Console.TryReceive(value);
        Gate.Exit();
        return taken;
    }

    /// <summary>
    /// Passes on what waits in the console of its guest interface, as far as there is room. It has its memory.
    /// </summary>
    /// <returns>Whether nothing is left.</returns>
    public bool TryDrainRing()
    {
        IConsoleRing? ring = Interfaces.Console;
        if (ring is null || !ring.HasOutput)
        {
            return true;
        }

        Gate.Enter();
        ring.Drain();
        bool isEmpty = !ring.HasOutput;
        Gate.Exit();
        return isEmpty;
    }

    /// <summary>A byte arrives at its second serial port.</summary>
    /// <returns>False when the port has no room for it, or there is none.</returns>
    public bool TryReceiveControl(byte value)
    {
        Gate.Enter();
        bool taken = Platform.SecondSerial is not null && Platform.SecondSerial.TryReceive(value);
        Gate.Exit();
        return taken;
    }

    /// <summary>Adds up its processors' exits.</summary>
    public void SumExits(ExitCounts sum)
    {
        sum.Clear();
        for (int i = 0; i < _cpus.Length; i++)
        {
            sum.Add(_cpus[i].Exits);
        }
    }

    /// <inheritdoc/>
    void IPowerRequests.PowerOff() => TryStop(StopReason.PowerOff, -1);

    /// <inheritdoc/>
    void IPowerRequests.Restart() => TryStop(Interfaces.IsInUse ? StopReason.Crash : StopReason.Reboot, -1);

    /// <inheritdoc/>
    void IProcessorSignals.Interrupt(int cpu) => WakeIf(_cpus[cpu].HearsInterrupts, cpu);

    /// <inheritdoc/>
    void IProcessorSignals.Nmi(int cpu) => WakeIf(_cpus[cpu].SignalNmi(), cpu);

    /// <inheritdoc/>
    void IProcessorSignals.Init(int cpu) => WakeIf(_cpus[cpu].SignalInit(), cpu);

    /// <inheritdoc/>
    void IProcessorSignals.Startup(int cpu, byte vector) => WakeIf(_cpus[cpu].SignalStartup(vector), cpu);

    /// <summary>Whether the shared devices' deadlines are a processor's.</summary>
    internal bool LooksAfterDevices(VirtualCpu cpu) => Volatile.Read(ref _deviceKeeper) == cpu.Index;

    /// <summary>
    /// Makes the shared devices' deadlines those of a processor, which looks at them after this: the last one that ran or that
    /// changed a device. So one CPU's timer is armed for them, and none is left out.
    /// </summary>
    internal void LookAfterDevices(VirtualCpu cpu)
    {
        if (Volatile.Read(ref _deviceKeeper) != cpu.Index)
        {
            // A full barrier: what another one that did this before changed in a device is seen after it.
            Interlocked.Exchange(ref _deviceKeeper, cpu.Index);
        }
    }

    /// <summary>A processor ends the domain by what it did.</summary>
    internal void Stop(StopReason reason, VirtualCpu cpu, in VmExit exit)
    {
        if (!TryStop(reason, cpu.Index))
        {
            return;
        }

        IVirtualProcessor processor = cpu.Processor;
        _record.Exit = exit;
        _record.Rip = processor.Rip;
        _record.Rsp = processor.GetRegister(GuestRegister.Rsp);
        _record.Rflags = processor.Rflags;
        _record.Cr0 = processor.Cr0;
        _record.Cr2 = processor.Cr2;
        _record.Cr3 = processor.Cr3;
        _record.Cr4 = processor.Cr4;
        _record.Efer = processor.Efer;
        _record.Cs = processor.GetSegment(SegmentRegister.Cs).Selector;
    }

    /// <summary>
    /// A processor halted with interrupts off: when none of them can ever wake again, the domain has ended. The caller holds the
    /// gate.
    /// </summary>
    internal void NoteDeafHalt(VirtualCpu cpu)
    {
        for (int i = 0; i < CpuCount; i++)
        {
            if (!_cpus[i].IsDeaf)
            {
                return;
            }
        }

        TryStop(StopReason.Halted, cpu.Index);
    }

    /// <summary>A processor ends the domain by a request of its own, not by an exit. The caller may hold the gate.</summary>
    internal void Stop(StopReason reason, int processor) => TryStop(reason, processor);

    /// <summary>
    /// The nested page tables lost or changed an entry: no processor is entered again with what it remembers of them. The caller
    /// holds the gate; processors that run meanwhile leave their guest soon.
    /// </summary>
    internal void InvalidateTranslations()
    {
        for (int i = 0; i < CpuCount; i++)
        {
            _cpus[i].SignalStaleTranslations();
        }

        KickAll();
    }

    /// <summary>
    /// Waits until no processor is in its guest with what <see cref="InvalidateTranslations"/> made it forget. It is short: each
    /// of them has been sent an interrupt. No gate is held, so that two that wait for each other's guests come through.
    /// </summary>
    internal void AwaitStaleTranslations()
    {
        for (int i = 0; i < CpuCount; i++)
        {
            while (_cpus[i].MayUseStaleTranslations)
            {
                Thread.SpinWait(1);
            }
        }
    }

    /// <summary>
    /// It has ended and is quiet: nothing of other domains is bound to it any more, and nobody else can reach its memory.
    /// </summary>
    internal void Release() => Interfaces.Source?.Release();

    // The first reason wins.
    private bool TryStop(StopReason reason, int processor)
    {
        if (Interlocked.CompareExchange(ref _stopped, 1, 0) != 0)
        {
            return false;
        }

        _record.Reason = reason;
        _record.ProcessorIndex = processor;
        KickAll();
        return true;
    }

    private void KickAll()
    {
        for (int i = 0; i < _cpus.Length; i++)
        {
            Kick(i);
        }
    }

    private void WakeIf(bool changes, int cpu)
    {
        if (changes)
        {
            _cpus[cpu].Home?.WakeFor(_cpus[cpu]);
        }
    }

    private void Kick(int cpu) => _cpus[cpu].Home?.Wake();
}
