using System;
using System.Threading;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen.Store;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Xen's guest interface for one domain, as kernels look for it (docs/xen.md says what is offered): leaves of CPUID, a page of
/// code to call by, and the calls of <see cref="HypercallTable"/>.
/// </summary>
internal sealed partial class XenInterface
    : IGuestInterface, IInterruptSource, IConsoleRing, IStoreWaker, IUpcalls, ITimerEvents
{
    /// <summary>The version that it says it is: 4.17, in two halves.</summary>
    public const uint Version = 0x0004_0011;

    /// <summary>The longest structure that a call reads at once.</summary>
    public const int ScratchSize = 64;

    /// <summary>The MSR by which a guest asks for the hypercall page (leaf 2).</summary>
    public const uint HypercallPageMsr = 0x4000_0000;

    // Ports beyond those of its processors, which take up to eight each.
    private const int PortsForDevices = 256;
    private const int PortsPerProcessor = 16;
    private const int FirstLegalVector = 16;

    private readonly XenHost _host;
    private readonly bool _isAdministrator;
    private readonly HypercallTable _calls = new();
    private readonly IClock _clock;
    private readonly bool _isAmd;
    private readonly byte[] _scratch = new byte[ScratchSize];
    private readonly int _capacity;
    private readonly Runstate[] _runstates;
    private readonly byte[] _ownVectors;
    private readonly bool[] _isPolling;
    private readonly ISerialSink _sink;
    private readonly int[][] _batches;
    private readonly int _mappings;
    private XenDomain? _domain;
    private ShownPages? _pages;
    private SharedInfo? _shared;
    private ConsoleRing? _console;
    private StoreConnection? _store;
    private int _storeWaits;

    /// <summary>Makes the interface for a domain.</summary>
    /// <param name="host">What it has in common with other domains.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="capacity">The most processors the domain can have.</param>
    /// <param name="mappings">How many pages of other domains' it can have mapped at once.</param>
    /// <param name="sink">Takes what the guest writes to its console.</param>
    /// <param name="isAdministrator">Whether the store's permissions do not bind it.</param>
    public XenInterface(
        XenHost host,
        IClock clock,
        IHostProcessor processor,
        int capacity,
        int mappings,
        ISerialSink sink,
        bool isAdministrator)
    {
        _host = host;
        _isAdministrator = isAdministrator;
        _sink = sink;
        _mappings = mappings;
        _clock = clock;
        _capacity = capacity;

        // "AuthenticAMD" and "HygonGenuine" begin so; all others have VMCALL.
        _isAmd = processor.Cpuid(0, 0).Ebx is 0x6874_7541 or 0x6F67_7948;
        Clock = new XenClock(clock, capacity);
        Timers = new XenTimers(this, capacity);
        _runstates = new Runstate[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _runstates[i] = new Runstate();
        }

        _ownVectors = new byte[capacity];
        _isPolling = new bool[capacity];
        _batches = new int[capacity][];
        for (int i = 0; i < capacity; i++)
        {
            _batches[i] = new int[GrantCall.Part];
        }
    }

    /// <summary>The domains that have it.</summary>
    public XenDomains Domains => _host.Domains;

    /// <summary>The domain's number.</summary>
    public uint Domid => _domain!.Domid;

    /// <summary>The domain's running part.</summary>
    public VirtualMachine Machine => _domain!.Machine;

    /// <summary>Where the guest sees the pages that it shares with the hypervisor.</summary>
    public ShownPages Pages => _pages!;

    /// <summary>What the domain shares with the hypervisor.</summary>
    public SharedInfo Shared => _shared!;

    /// <summary>Its event channels.</summary>
    public EventChannels Channels => _domain!.Channels;

    /// <summary>What it grants others.</summary>
    public GrantTable Grants => _domain!.Grants;

    /// <summary>What others granted it, and it has mapped.</summary>
    public ForeignMappings Mappings => _domain!.Mappings;

    /// <summary>Its timers.</summary>
    public XenTimers Timers { get; }

    /// <summary>Its clock.</summary>
    public XenClock Clock { get; }

    /// <summary>Its parameters.</summary>
    public HvmParameters Parameters { get; } = new();

    /// <summary>Room for a memory map.</summary>
    public MemoryMapEntry[] MapEntries { get; } = new MemoryMapEntry[MemoryLayout.MaximumEntries];

    /// <summary>The vector of the upcall on every processor that has none of its own; 0 for none.</summary>
    public byte UpcallVector { get; set; }

    /// <inheritdoc/>
    /// <remarks>A kernel of Xen's says by itself how it ends.</remarks>
    public bool IsInUse => false;

    /// <summary>Room for a structure that a call reads.</summary>
    public Span<byte> Scratch(int length) => _scratch.AsSpan(0, length);

    /// <summary>Handles of mappings that a processor is about to end.</summary>
    public int[] Batch(int processor) => _batches[processor];

    /// <summary>How the time of a processor was spent.</summary>
    public Runstate RunstateOf(int processor) => _runstates[processor];

    /// <inheritdoc/>
    public void Attach(VirtualMachine machine)
    {
        _pages = new ShownPages(machine.Memory);
        _shared = new SharedInfo(machine.Memory, _pages, _capacity);
        _console = MakeConsole(machine.Memory);
        int ports = PortsForDevices + (PortsPerProcessor * _capacity);
        ports = ports < SharedLayout.Channels(true) ? ports & ~31 : SharedLayout.Channels(true);
        EventChannels channels = new(Domains, (uint)machine.Domid, _shared, this, _capacity, ports);
        _domain = new XenDomain(
            machine, channels, new GrantTable(machine.Memory, machine.Gate), new ForeignMappings(machine.Memory, _mappings));
        StoreSession session = new((uint)machine.Domid, _isAdministrator, this);
        _store = MakeStoreConnection(machine.Memory, session);
        if (!Domains.TryAdd(_domain) || !_host.Store.TryAdd(session))
        {
            throw new InvalidOperationException("XenInterface: there are more domains than were planned.");
        }

        machine.Platform.Add(Timers);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Clock.Reset();
        Pages.Forget();
        ForgetGuest();
    }

    /// <inheritdoc/>
    public void Release()
    {
        SpinGate gate = Machine.Gate;
        gate.Enter();
        Channels.CloseAll();
        _host.Store.Gate.Enter();
        _host.Store.Release(_store!.Session);
        _host.Store.Gate.Exit();
        gate.Exit();
        GrantEnd.Release(Domains, _domain!);
    }

    /// <summary>
    /// The guest gives back all that it took from the interface, for a kernel after it in the same memory (SHUTDOWN_soft_reset).
    /// Its time goes on. The gate is given back meanwhile.
    /// </summary>
    public void SoftReset()
    {
        SpinGate gate = Machine.Gate;
        gate.Exit();
        Release();
        gate.Enter();
        Pages.HideAll(Machine);
        ForgetGuest();
    }

    /// <summary>The kernel is one of 64 bits, or of 32: known from how it asks for something.</summary>
    public void NoteWidth(bool isLong)
    {
        if (Shared.IsLong != isLong)
        {
            Shared.IsLong = isLong;
            WriteClocks();
        }
    }

    /// <summary>Writes the wall clock, and the clock of every processor that has a place for it.</summary>
    public void WriteClocks() => Clock.WriteAll(Machine, Shared);

    /// <summary>Gives a processor an upcall vector of its own, by its local APIC.</summary>
    /// <returns>False when it is no vector.</returns>
    public bool TrySetOwnVector(int processor, byte vector)
    {
        if (vector is > 0 and < FirstLegalVector)
        {
            return false;
        }

        _ownVectors[processor] = vector;
        return true;
    }

    /// <summary>A processor polls: it waits for any event of the domain, the poll's end, or an interrupt.</summary>
    public void Poll(VirtualCpu cpu, ulong end)
    {
        _isPolling[cpu.Index] = true;
        Timers.SetPollEnd(cpu.Index, end);
        cpu.WaitInHypercall();
    }

    /// <inheritdoc/>
    public bool EndsWait(VirtualCpu cpu) => !_isPolling[cpu.Index];

    /// <inheritdoc/>
    public bool HasInterrupt(VirtualCpu cpu, out byte vector)
    {
        if (Volatile.Read(ref _storeWaits) != 0)
        {
            ServeStore();
        }

        if (Channels.Take())
        {
            EndPolls();
        }

        Runstate runstate = _runstates[cpu.Index];
        if (runstate.IsRegistered)
        {
            runstate.Observe(_clock.Nanoseconds, cpu.RunNanoseconds, cpu.State);
            runstate.Write(Machine, isForced: false);
        }

        vector = UpcallVector;
        return vector != 0 && _ownVectors[cpu.Index] == 0 && Shared.IsUpcallPending(cpu.Index);
    }

    /// <inheritdoc/>
    public void OnTimeStampSet(VirtualCpu cpu) => WriteClocks();

    /// <inheritdoc/>
    void IUpcalls.Look(int processor) => ((IProcessorSignals)Machine).Interrupt(processor);

    /// <inheritdoc/>
    void IUpcalls.Upcall(int processor)
    {
        // By the local APIC it is one interrupt each time, which the guest ends there (HVMOP_set_evtchn_upcall_vector).
        if (_ownVectors[processor] != 0)
        {
            Machine.Platform.LocalApic(processor).Receive(_ownVectors[processor], isLevel: false);
        }

        ((IProcessorSignals)Machine).Interrupt(processor);
    }

    /// <inheritdoc/>
    void ITimerEvents.OnTimer(int processor) => Channels.RaiseVirq(processor, EventChannels.TimerVirq);

    /// <inheritdoc/>
    void ITimerEvents.OnPollEnd(int processor)
    {
        _isPolling[processor] = false;
        ((IProcessorSignals)Machine).Interrupt(processor);
    }

    /// <inheritdoc/>
    void ITimerEvents.OnWatchdog() => Machine.Stop(StopReason.Watchdog, -1);

    // What was polled for is not kept: whoever polls looks again, and comes back when it was something else.
    private void EndPolls()
    {
        for (int i = 0; i < _isPolling.Length; i++)
        {
            if (_isPolling[i])
            {
                _isPolling[i] = false;
                ((IProcessorSignals)Machine).Interrupt(i);
            }
        }
    }

    private void ForgetGuest()
    {
        Channels.CloseAll();
        Grants.Close();
        Grants.Open();
        Shared.Reset();
        Timers.Reset();
        Parameters.Reset();
        UpcallVector = 0;
        for (int i = 0; i < _capacity; i++)
        {
            _runstates[i].Reset(_clock.Nanoseconds);
            _ownVectors[i] = 0;
            _isPolling[i] = false;
        }

        Clock.Forget();
        WriteClocks();
        OfferServices();
    }
}
