using System;
using System.Runtime.InteropServices;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>A domain with fake processors on a fake machine of 32 MiB, whose every exit a test decides.</summary>
internal sealed unsafe class TestMachine : IPhysicalMemory, ISerialSink, IPhysicalCpu, IDisposable
{
    /// <summary>The number of the domain.</summary>
    public const int Domid = 7;

    private const ulong MachineBytes = 32 << 20;

    private readonly byte* _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)MachineBytes, 1 << 21);

    public TestMachine(
        int cpus = 1,
        int domainMegabytes = 8,
        FakeClock? clock = null,
        IGuestInterface[]? interfaces = null,
        int domid = Domid)
    {
        Clock = clock ?? new FakeClock();
        NativeMemory.Clear(_bytes, (nuint)MachineBytes);
        MemoryMapEntry[] map = [new MemoryMapEntry(MemoryRange.FromLength(0, MachineBytes), MemoryKind.Usable)];
        GuestMemory memory = new(this, new PageAllocator(map, [], 16), PageTableFormat.AmdNested);
        if (!memory.TryAllocate((ulong)domainMegabytes << 20, out ConstructionProblem problem))
        {
            throw new InvalidOperationException(problem.Describe());
        }

        Processors = new FakeVirtualProcessor[cpus];
        for (int i = 0; i < cpus; i++)
        {
            Processors[i] = new FakeVirtualProcessor();
        }

        Kvm = new KvmClock(Clock, cpus);
        Machine = new VirtualMachine(domid, memory, this, null, Processors, Clock, new CpuidPolicy(Host), interfaces ?? [Kvm]);
        Machine.Reset(cpus);
        Machine.Start(default);
        Scheduler = new CpuScheduler(Clock, 8);
        Scheduler.Attach(this);
        for (int i = 0; i < cpus; i++)
        {
            Scheduler.TryAdd(Machine.Cpu(i));
        }

        Machine.Unpause();
        for (int i = 0; i < cpus; i++)
        {
            // What a test then puts into the registers stays there.
            Machine.Cpu(i).Prepare(Clock.Nanoseconds);
            Processors[i].Reset();
        }
    }

    public FakeClock Clock { get; }

    public KvmClock Kvm { get; }

    public FakeHostProcessor Host { get; } = new();

    public FakeVirtualProcessor[] Processors { get; }

    public FakeVirtualProcessor Processor => Processors[0];

    public VirtualMachine Machine { get; }

    public CpuScheduler Scheduler { get; }

    public string Sent { get; private set; } = "";

    public ulong ArmedUntil { get; private set; } = ulong.MaxValue;

    public int Idles { get; private set; }

    public int Acknowledged { get; private set; }

    public int Kicks { get; private set; }

    /// <summary>The last two domains that the CPU was said to work for.</summary>
    public (int Before, int Last) WorkedFor { get; private set; }

    bool ISerialSink.IsReady => true;

    /// <summary>The next entry ends with this exit.</summary>
    public TestMachine Exits(VmExit exit)
    {
        Processor.Exits.Enqueue(() => exit);
        return this;
    }

    public TestMachine Exits(ExitReason reason) => Exits(new VmExit { Reason = reason, NextInstruction = 0x1002 });

    /// <summary>Turns of the scheduler.</summary>
    public TestMachine Run(int turns = 1)
    {
        for (int i = 0; i < turns; i++)
        {
            Scheduler.RunOnce();
        }

        return this;
    }

    /// <summary>Where the machine has the domain's byte: its memory is one run at the machine's end.</summary>
    public ulong MachineAddressOf(ulong address) => MachineBytes - Machine.Memory.Layout.Size + address;

    public byte* Map(ulong address, ulong length)
        => address <= MachineBytes && length <= MachineBytes - address ? _bytes + address : null;

    public void Dispose() => NativeMemory.AlignedFree(_bytes);

    void ISerialSink.Put(byte value) => Sent += (char)value;

    void IPhysicalCpu.ArmTimer(ulong deadline) => ArmedUntil = deadline;

    void IPhysicalCpu.AcknowledgeInterrupts() => Acknowledged++;

    void IPhysicalCpu.Idle() => Idles++;

    void IPhysicalCpu.WorkFor(int domid) => WorkedFor = (WorkedFor.Last, domid);

    void IPhysicalCpu.Kick() => Kicks++;
}
