using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Whole domains on the real allocator of memory: what a life took is there again after it.</summary>
public sealed class DomainFactoryTests : IDisposable
{
    private const ulong MiB = 1 << 20;
    private const ulong MachineBytes = 64 * MiB;
    private const ulong Touched = 7 * MiB;
    private const int Lives = 1_000;
    private const int VirtualCpus = 2;

    private readonly LaunchMachine _machine = new(MachineBytes / MiB);
    private readonly FakeMachine _modules = new();
    private readonly PageAllocator _allocator = new(
        [new MemoryMapEntry(MemoryRange.FromLength(0, MachineBytes), MemoryKind.Usable)], [MemoryRange.FromLength(0, MiB)], 16);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_thousand_domains_are_made_run_and_destroyed_and_no_page_is_lost()
    {
        DomainPlan plan = Plan(FakeKernel.Elf(hasNote: true, (uint)MiB));
        DomainFactory factory = Factory();
        (ulong Bytes, int Pieces) before = Free();
        for (int life = 0; life < Lives; life++)
        {
            Assert.True(factory.TryCreate(plan, out Domain? domain, out string problem), problem);
            Live(domain);
            domain.Machine.Memory.Destroy();
            Assert.Equal(before, Free());
        }
    }

    [Fact]
    public void A_domain_lives_a_thousand_times_in_the_memory_and_with_the_processors_that_it_has()
    {
        DomainPlan plan = Plan(FakeKernel.Elf(hasNote: true, (uint)MiB));
        DomainFactory factory = Factory();
        Assert.True(factory.TryCreate(plan, out Domain? domain, out _));
        (ulong Bytes, int Pieces) during = Free();
        for (int life = 0; life < Lives; life++)
        {
            Live(domain);
            Assert.True(factory.TryRebuild(domain, out string problem), problem);
            Assert.Equal(during, Free());
        }

        Assert.Equal(VirtualCpus, _machine.Processors.Count);
    }

    [Fact]
    public void A_domain_that_cannot_be_built_leaves_nothing_behind()
    {
        DomainPlan plan = Plan(FakeKernel.Elf(hasNote: true, (uint)MiB));
        _modules.Damage(plan.Kernel!);
        DomainFactory factory = Factory();
        (ulong Bytes, int Pieces) before = Free();
        for (int life = 0; life < Lives; life++)
        {
            Assert.False(factory.TryCreate(plan, out _, out _));
            Assert.Equal(before, Free());
        }
    }

    [Fact]
    public void A_domain_that_cannot_be_built_grants_nothing_and_is_not_there_for_the_store()
    {
        DomainPlan plan = Plan(FakeKernel.Elf(hasNote: true, (uint)MiB), "hyperlaunch,interface = \"xen\";");
        DomainFactory factory = Factory();
        Assert.Equal(InterfaceMemory.BytesPerDomain, _machine.Heap.Length);
        Assert.True(factory.TryCreate(plan, out Domain? domain, out _));
        Assert.True(factory.Store.IsIntroduced(plan.Id.Value));
        _modules.Damage(plan.Kernel!);
        domain.Machine.Destroy();
        Assert.False(factory.TryRebuild(domain, out _));
        Assert.False(factory.Store.IsIntroduced(plan.Id.Value));
        Assert.False(factory.TryCreate(plan, out _, out _));
        Assert.False(factory.Store.IsIntroduced(plan.Id.Value));
    }

    // It finds its memory clear, leaves something there, runs on a CPU, and is destroyed while it runs.
    private void Live(Domain domain)
    {
        VirtualMachine running = domain.Machine;
        CpuScheduler scheduler = new(((IMachine)_machine).Clock, VirtualCpus);
        scheduler.Attach(_machine);
        for (int i = 0; i < VirtualCpus; i++)
        {
            scheduler.TryAdd(running.Cpu(i));
        }

        ((FakeVirtualProcessor)running.Cpu(0).Processor).Exits.Enqueue(
            () => new VmExit { Reason = ExitReason.NestedPageFault, GuestPhysicalAddress = Touched });
        running.Unpause();
        scheduler.RunOnce();
        Assert.True(running.Memory.TryReadU64(Touched, out ulong found));
        Assert.Equal(0UL, found);
        Assert.True(running.Memory.TryWriteU64(Touched, ulong.MaxValue));
        running.Destroy();
        scheduler.RunOnce();
        Assert.True(running.IsStopped && running.IsQuiet);
    }

    private DomainFactory Factory() => new(_machine, _machine, _allocator, _modules, _modules.Plan());

    private (ulong Bytes, int Pieces) Free() => (_allocator.FreeBytes, _allocator.FreeRangeCount);

    private DomainPlan Plan(byte[] kernel, string more = "")
    {
        _modules.Add(DeviceTreeCompiler.Compile($$"""
            /dts-v1/;
            / { chosen { hypervisor { compatible = "hypervisor,xen"; a {
                compatible = "xen,domain";
                cpus = <{{VirtualCpus}}>;
                memory = <0x0 0x2000>;
                {{more}}
                kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <1>; };
            }; }; }; };
            """));
        _modules.Add(kernel);
        return Assert.Single(_modules.Plan().CreationOrder);
    }
}
