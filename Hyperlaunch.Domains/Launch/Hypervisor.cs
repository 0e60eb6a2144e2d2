using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Passthrough;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Domains.Launch;

/// <summary>
/// The launch from boot information to running domains, and the machine's life after it. The kernel makes one, calls
/// <see cref="Launch"/> once and runs the scheduler that it returns.
/// </summary>
public sealed class Hypervisor : IHousekeeping, IModuleBytes
{
    // A turn scrubs this many chunks of 2 MiB of a domain that has ended: about a millisecond.
    private const int ChunksPerTurn = 1;

    private readonly IMachine _machine;
    private readonly BootInfo _boot;
    private readonly ReservedRanges _reserved;
    private readonly PageAllocator _allocator;
    private readonly ConsoleMultiplexer _console;
    private readonly CommandInterpreter _commands;
    private readonly ExitCounts _exits = new();
    private LaunchPlan? _plan;
    private DomainTable _domains = new(0);
    private ulong _allocationsAtFinal;
    private ulong _nextPoll;
    private HardwareAccess? _hardware;
    private int _alive;

    /// <summary>Makes the hypervisor of a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="boot">What its boot loader said.</param>
    /// <param name="reserved">What of its memory is in use.</param>
    /// <param name="allocator">The rest of its memory.</param>
    public Hypervisor(IMachine machine, BootInfo boot, ReservedRanges reserved, PageAllocator allocator)
    {
        _machine = machine;
        _boot = boot;
        _reserved = reserved;
        _allocator = allocator;
        _console = new ConsoleMultiplexer(machine.Console, LaunchPlan.MaximumDomains);
        Log = new EventLog(machine.Clock, _console);
        _commands = new CommandInterpreter(this, _console);
    }

    /// <summary>The hypervisor's own lines.</summary>
    public EventLog Log { get; }

    /// <summary>The domains of the plan.</summary>
    public DomainTable Domains => _domains;

    /// <summary>What is to become of the machine; null while it goes on.</summary>
    public EndAction? Ending { get; private set; }

    /// <inheritdoc/>
    public bool IsFinished => Ending is not null;

    /// <summary>Launches what the boot loader brought.</summary>
    /// <returns>The boot CPU's scheduler, ready to run: it ends when <see cref="Ending"/> is set.</returns>
    public CpuScheduler Launch()
    {
        ulong usable = UsableBytes();
        LaunchReport.Boot(Log, _boot, _machine.CpuCount, usable);
        for (int i = 0; i < _boot.Problems.Length; i++)
        {
            Log.Say(_boot.Problems[i].Describe());
        }

        PlanInput input = PlanInput.FromBoot(_boot, this, _reserved.Ranges.ToArray(), (uint)_machine.CpuCount);
        _plan = LaunchPlanReader.Read(input);
        ReportModules(_plan);
        LaunchReport.Plan(Log, _plan);
        for (int i = 0; i < _plan.Problems.Length; i++)
        {
            LaunchReport.Problem(Log, _plan.Problems[i]);
        }

        _domains = new DomainTable(_plan.CreationOrder.Length);
        CpuScheduler boot = new(0, _machine.Clock, ProcessorsOf(_plan), this);
        if (_machine.TryEnableVirtualization(out IVirtualization? virtualization, out string problem))
        {
            LaunchReport.Virtualization(Log, virtualization!);
            CreateDomains(_plan, virtualization!, new CpuPlacement(StartCpus(_plan, boot)));
        }
        else
        {
            Log.Say(problem);
        }

        StartDomains();
        ulong reclaimed = ReclaimModules();
        LaunchReport.LaunchFinal(Log, _domains.Count, _alive, reclaimed);
        _console.AttachInput(_commands);
        if (_alive == 0)
        {
            OnNoDomains();
        }

        _allocationsAtFinal = _machine.HeapAllocations;
        return boot;
    }

    /// <summary>Ends the machine's life after the current turn.</summary>
    public void End(EndAction action, string reason)
    {
        _console.Finish();
        LaunchReport.MachineEnds(Log, action, reason);
        Ending = action;
    }

    /// <inheritdoc/>
    public unsafe ReadOnlySpan<byte> Get(BootModule module)
    {
        // Sound because Map answers null for a range that is not all memory, and modules are reserved until launch is final.
        byte* bytes = module.Range.Length > int.MaxValue ? null : _machine.Memory.Map(module.Range.Start, module.Range.Length);
        return bytes == null ? default : new ReadOnlySpan<byte>(bytes, (int)module.Range.Length);
    }

    /// <inheritdoc/>
    public ulong Poll(ulong now)
    {
        for (int i = 0; i < _domains.Count; i++)
        {
            Domain domain = _domains[i];
            if (domain.Console.HasOutput)
            {
                domain.Console.IsAtRest = domain.Machine!.IsAtRest;
            }
        }

        _hardware?.Poll();
        ulong deadline = _console.Pump(now);
        _commands.Execute();
        for (int i = 0; i < _domains.Count; i++)
        {
            Domain domain = _domains[i];
            if (domain.State == DomainState.Running && domain.Machine!.IsStopped && domain.Machine.IsQuiet)
            {
                OnStopped(domain);
            }
            else if (domain.State == DomainState.Stopped && domain.Machine!.Memory.TryFinishScrubbing(ChunksPerTurn))
            {
                domain.Machine.Memory.Destroy();
                domain.State = DomainState.Reclaimed;
            }
        }

        if (now >= _nextPoll)
        {
            _nextPoll = now + CpuScheduler.HousekeepingInterval;
        }

        return deadline < _nextPoll ? deadline : _nextPoll;
    }

    private ulong UsableBytes()
    {
        ulong bytes = 0;
        for (int i = 0; i < _boot.MemoryMap.Length; i++)
        {
            bytes += _boot.MemoryMap[i].Kind == MemoryKind.Usable ? _boot.MemoryMap[i].Range.Length : 0;
        }

        return bytes;
    }

    private void ReportModules(LaunchPlan plan)
    {
        Span<byte> digest = stackalloc byte[Sha256.DigestSize];
        for (int i = 0; i < _boot.Modules.Length; i++)
        {
            BootModule module = _boot.Modules[i];
            if (plan.Hypervisor.Options.Measure)
            {
                Sha256.Hash(Get(module), digest);
                LaunchReport.Module(Log, module, digest);
            }
            else
            {
                LaunchReport.Module(Log, module, default);
            }
        }
    }

    // A scheduler for the boot CPU and for each other CPU that there is work for and that starts.
    private CpuScheduler[] StartCpus(LaunchPlan plan, CpuScheduler boot)
    {
        int processors = ProcessorsOf(plan);
        uint limit = plan.Hypervisor.Options.ProcessorLimit;
        int cpus = limit != 0 && limit < (uint)_machine.CpuCount ? (int)limit : _machine.CpuCount;
        cpus = processors < cpus ? processors : cpus;
        CpuScheduler[] schedulers = new CpuScheduler[cpus < 1 ? 1 : cpus];
        schedulers[0] = boot;
        int started = 1;
        for (int i = 1; i < cpus; i++)
        {
            CpuScheduler scheduler = new(i, _machine.Clock, processors, null);
            if (_machine.TryStartCpu(i, scheduler))
            {
                schedulers[started] = scheduler;
                started++;
            }
            else
            {
                LaunchReport.CpuFailed(Log, i);
            }
        }

        return schedulers.AsSpan(0, started).ToArray();
    }

    private static int ProcessorsOf(LaunchPlan plan)
    {
        uint processors = 0;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            processors += plan.CreationOrder[i].VirtualCpus;
        }

        return (int)processors;
    }

    /// <summary>
    /// Keeps from every domain what the tree located by address: the boot loader did not list it, so it counts as free so far. Its
    /// first and last page may be shared with a neighbour that is reserved already, and then need nothing.
    /// </summary>
    private void ReserveLocatedModules(LaunchPlan plan)
    {
        for (int i = _boot.Modules.Length; i < plan.Modules.Length; i++)
        {
            MemoryRange range = plan.Modules[i].Range;
            ulong inner = SafeSize.AlignUp(range.Start, PageSizes.Page);
            ulong innerEnd = SafeSize.AlignDown(range.End, PageSizes.Page);
            _allocator.TryReserve(MemoryRange.FromEnd(SafeSize.AlignDown(range.Start, PageSizes.Page), inner));
            _allocator.TryReserve(MemoryRange.FromEnd(inner, innerEnd));
            _allocator.TryReserve(MemoryRange.FromEnd(innerEnd, SafeSize.AlignUp(range.End, PageSizes.Page)));
        }
    }

    private void CreateDomains(LaunchPlan plan, IVirtualization virtualization, CpuPlacement placement)
    {
        ReserveLocatedModules(plan);
        DomainFactory factory = new(_machine, virtualization, _allocator, this, plan.Modules);
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            Domain domain = new(plan.CreationOrder[i]);
            _domains.Add(domain);
            if (!factory.TryCreate(domain, out DomainEntry entry, out string problem))
            {
                LaunchReport.DomainFailed(Log, domain, "creation", problem);
                continue;
            }

            placement.Place(domain.Machine!);
            domain.Console.IsRaw = plan.Hypervisor.Options.Console == HypervisorConsole.Raw
                && ReferenceEquals(domain.Plan, plan.ConsoleDomain);
            _console.AttachOutput(domain.Console);
            _console.AttachInput(domain);
            if (ReferenceEquals(domain.Plan, plan.ConsoleDomain))
            {
                _console.Focus(domain);
            }

            LaunchReport.DomainCreated(Log, domain, in entry);
            _hardware = domain.Machine!.Hardware ?? _hardware;
            LaunchReport.Hardware(Log, domain);
        }
    }

    private void StartDomains()
    {
        for (int i = 0; i < _domains.Count; i++)
        {
            Domain domain = _domains[i];
            if (domain.State == DomainState.Paused)
            {
                LaunchReport.DomainStarted(Log, domain);
                domain.State = DomainState.Running;
                domain.Machine!.Unpause();
                _alive++;
            }
        }
    }

    // The modules have served their purpose: their memory is scrubbed, so that no domain finds another's, and given back.
    private unsafe ulong ReclaimModules()
    {
        ulong reclaimed = 0;
        for (int i = 0; i < _boot.Modules.Length; i++)
        {
            MemoryRange range = _boot.Modules[i].Range;
            byte* bytes = range.Length > int.MaxValue ? null : _machine.Memory.Map(range.Start, range.Length);
            if (bytes != null)
            {
                // Sound because Map gave the whole range, and no domain is built from the module again.
                new Span<byte>(bytes, (int)range.Length).Clear();
                reclaimed += _allocator.Release(range);
            }
        }

        return reclaimed;
    }

    private void OnStopped(Domain domain)
    {
        domain.State = DomainState.Stopped;
        if (domain.Machine!.Hardware is not null)
        {
            // Before the memory is anybody else's: nothing of the machine's may write into it any more.
            domain.Machine.Hardware.Withdraw();
            _hardware = null;
        }

        LaunchReport.DomainStopped(Log, domain, in domain.Machine!.Record);
        domain.Machine.SumExits(_exits);
        LaunchReport.Exits(Log, domain, _exits, _machine.HeapAllocations - _allocationsAtFinal);
        _alive--;
        if (_alive == 0)
        {
            OnNoDomains();
        }
    }

    private void OnNoDomains()
    {
        if (_plan!.Hypervisor.Options.End == EndAction.Halt)
        {
            Log.Say("No domain runs. The machine stays up: type help.");
            _console.Focus(_commands);
            return;
        }

        End(_plan.Hypervisor.Options.End, "no-domains");
    }
}
