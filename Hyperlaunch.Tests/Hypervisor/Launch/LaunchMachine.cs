using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tests.Hypervisor.Console;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Hyperlaunch.Tests.Machine.Memory;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>
/// A whole fake machine on which the real hypervisor launches: what guests do is a list of exits for each processor made.
/// </summary>
internal sealed class LaunchMachine : IMachine, IVirtualization, IPhysicalCpu, IDisposable
{
    private const ulong Megabyte = 1 << 20;
    private const ulong ModulesAt = 16 * Megabyte;

    private readonly FakePhysicalMemory _memory;
    private readonly FakeClock _clock = new();
    private readonly FakeConsoleDevice _console;
    private readonly List<BootModule> _modules = [];
    private readonly ulong _size;
    private ulong _nextModule = ModulesAt;
    private ulong _armed = ulong.MaxValue;
    private MachineLife? _life;
    private CpuScheduler? _scheduler;

    public LaunchMachine(ulong megabytes = 128)
    {
        _console = new FakeConsoleDevice(_clock);
        _size = megabytes * Megabyte;
        _memory = new FakePhysicalMemory().With(0, _size);
    }

    /// <summary>The CPUs by their APIC ids; the first is the boot CPU, and of the others each starts that is asked to.</summary>
    public uint[] ApicIds { get; set; } = [0];

    /// <summary>The CPUs that were started.</summary>
    public List<int> StartedCpus { get; } = [];

    /// <summary>What protects a CPU, by its number.</summary>
    public Func<int, SpeculationPolicy> PolicyOf { get; set; }
        = _ => SpeculationPolicy.Decide(new SpeculationFacts(new FakeHostProcessor(), 0));

    public FakeHostProcessor Processor { get; } = new();

    public string VirtualizationProblem { get; set; } = "";

    public string CommandLine { get; set; } = "";

    /// <summary>What each processor does when it is entered, by the order in which processors are made.</summary>
    public List<Func<FakeVirtualProcessor, VmExit>> Guests { get; } = [];

    public List<FakeVirtualProcessor> Processors { get; } = [];

    /// <summary>The processor that cannot be made, by the same order; -1 for none. Its place in the order stays.</summary>
    public int UnbuildableProcessor { get; set; } = -1;

    /// <summary>What the machine has noticed and not yet told.</summary>
    public Queue<string> Notices { get; } = [];

    public string Output => _console.Output;

    /// <summary>What a byte costs at the console, in nanoseconds.</summary>
    public ulong ConsoleTimePerByte
    {
        get => _console.TimePerByte;
        set => _console.TimePerByte = value;
    }

    public string[] Lines => _console.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    public PageAllocator? Allocator { get; private set; }

    IClock IMachine.Clock => _clock;

    IPhysicalMemory IMachine.Memory => _memory;

    IConsoleDevice IMachine.Console => _console;

    IHostProcessor IMachine.Processor => Processor;

    IPhysicalCpu IMachine.BootCpu => this;

    int IMachine.CpuCount => ApicIds.Length;

    uint IMachine.ApicIdOf(int index) => ApicIds[index];

    IMachineHardware? IMachine.Hardware => null;

    ulong IMachine.HeapAllocations => 0;

    /// <summary>What the heap has been given.</summary>
    public MemoryRange Heap { get; private set; }

    void IMachine.GrowHeap(MemoryRange region) => Heap = region;

    string? IMachine.TakeNotice() => Notices.TryDequeue(out string? notice) ? notice : null;

    string IVirtualization.Name => "fake";

    string IVirtualization.Features => "none";

    string IVirtualization.CapabilityWords => "none=0x1";

    PageTableFormat IVirtualization.NestedPages => PageTableFormat.AmdNested;

    SpeculationPolicy IVirtualization.Speculation => PolicyOf(StartedCpus.Count == 0 ? 0 : StartedCpus[^1]);

    bool IVirtualization.UsesVmmcall => true;

    public LaunchMachine Module(byte[] bytes, string text = "")
    {
        _memory.Put(_nextModule, bytes);
        _modules.Add(new BootModule(_modules.Count, MemoryRange.FromLength(_nextModule, (ulong)bytes.Length), text));
        _nextModule += ((ulong)bytes.Length + 0xFFF) & ~0xFFFUL;
        return this;
    }

    /// <summary>Puts bytes into the machine's memory without listing them as a module.</summary>
    public void Put(ulong address, byte[] bytes) => _memory.Put(address, bytes);

    public void Type(string text) => _console.Type(text);

    /// <summary>Launches, and runs until the machine ends or so many turns have passed.</summary>
    public EndAction? Run(int turns = 10_000)
    {
        MemoryMapEntry[] map = [new MemoryMapEntry(MemoryRange.FromLength(0, _size), MemoryKind.Usable)];
        BootInfo boot = new(BootProtocol.Multiboot2, "fake loader", CommandLine, _modules.ToArray(), map, 0, null);
        LaunchMemory memory = new(boot, MemoryRange.FromLength(Megabyte, Megabyte));
        Allocator = memory.Allocator;
        _life = new HypervisorLaunch(this, boot, memory).Launch();
        _scheduler = _life.BootCpu;
        _scheduler.Attach(this, _life);
        return GoOn(turns);
    }

    /// <summary>Runs on until the machine ends or so many turns have passed.</summary>
    public EndAction? GoOn(int turns)
    {
        for (int i = 0; i < turns && !_life!.IsFinished; i++)
        {
            _scheduler!.RunOnce();
        }

        return _life!.Ending;
    }

    public string Line(string start) => Lines.Single(line => line.Contains(start, StringComparison.Ordinal));

    /// <summary>The bytes at a physical address of the machine.</summary>
    public byte[] At(ulong address, int length) => _memory.At(address, length).ToArray();

    public BootModule ModuleAt(int index) => _modules[index];

    public void Dispose() => _memory.Dispose();

    bool IMachine.TryEnableVirtualization(out IVirtualization? virtualization, out string problem)
    {
        virtualization = VirtualizationProblem.Length == 0 ? this : null;
        problem = VirtualizationProblem;
        return virtualization is not null;
    }

    bool IMachine.TryStartCpu(int index, ICpuProgram program)
    {
        StartedCpus.Add(index);
        return true;
    }

    IVirtualProcessor? IVirtualization.CreateProcessor(ulong nestedRoot)
    {
        FakeVirtualProcessor processor = new();
        if (Processors.Count == UnbuildableProcessor)
        {
            Processors.Add(processor);
            return null;
        }

        if (Processors.Count < Guests.Count)
        {
            Func<FakeVirtualProcessor, VmExit> guest = Guests[Processors.Count];
            processor.Otherwise = () => guest(processor);
        }

        Processors.Add(processor);
        return processor;
    }

    void IPhysicalCpu.ArmTimer(ulong deadline) => _armed = deadline;

    void IPhysicalCpu.AcknowledgeInterrupts() => _clock.Nanoseconds += 1_000_000;

    void IPhysicalCpu.Idle() => _clock.Nanoseconds = Math.Max(_clock.Nanoseconds + 1_000, _armed == ulong.MaxValue ? 0 : _armed);

    void IPhysicalCpu.WorkFor(int domid)
    {
    }

    void IPhysicalCpu.Kick()
    {
    }
}
