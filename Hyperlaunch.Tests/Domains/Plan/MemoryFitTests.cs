using System;
using System.Text;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>What a plan says fits is what the builder's allocator gives, and what it says does not is refused.</summary>
public sealed class MemoryFitTests : IDisposable
{
    private const ulong MiB = FakeMachine.MiB;
    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(0, 64 * MiB);

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(64, 1, 61)]
    [InlineData(64, 7, 8)]
    [InlineData(64, 20, 2)]
    [InlineData(48, 3, 14)]
    [InlineData(64, 30, 2)]
    [InlineData(64, 2, 40)]
    [InlineData(32, 5, 3)]
    public void Every_domain_of_the_plan_gets_its_memory(ulong machineMiB, int count, ulong eachMiB)
    {
        FakeMachine machine = new() { Memory = machineMiB * MiB };
        LaunchPlan plan = Plan(machine, count, eachMiB, legacy: false);
        PageAllocator allocator = Allocator(machine, plan);

        foreach (DomainPlan domain in plan.CreationOrder)
        {
            Assert.True(Memory(
                allocator).TryAllocate(domain.MemoryKib << 10, out ConstructionProblem problem), problem.Describe());
        }

        if (plan.CreationOrder.Length < count)
        {
            Assert.False(Memory(allocator).TryAllocate(eachMiB * MiB, out _));
            Assert.True(plan.Memory.ShortfallKib > 0);
        }
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(64, 20)]
    [InlineData(40, 7)]
    public void A_legacy_dom0_gets_all_that_the_others_leave(ulong machineMiB, ulong otherMiB)
    {
        FakeMachine machine = new() { Memory = machineMiB * MiB };
        LaunchPlan plan = Plan(machine, otherMiB == 0 ? 0 : 1, otherMiB, legacy: true);
        PageAllocator allocator = Allocator(machine, plan);

        foreach (DomainPlan domain in plan.CreationOrder)
        {
            Assert.True(Memory(
                allocator).TryAllocate(domain.MemoryKib << 10, out ConstructionProblem problem), problem.Describe());
        }

        Assert.True(allocator.FreeChunkBytes <= 2 * PageSizes.Chunk, $"{allocator.FreeChunkBytes} bytes are left");
    }

    private GuestMemory Memory(PageAllocator allocator) => new(_memory, allocator, PageTableFormat.AmdNested);

    /// <summary>The allocator as the kernel makes it.</summary>
    private static PageAllocator Allocator(FakeMachine machine, LaunchPlan plan)
    {
        ReservedRanges reserved = new(plan.Modules.Length + 1);
        reserved.TryAdd(ReservedRanges.LowMemory);
        foreach (ModuleUse use in plan.Modules)
        {
            reserved.TryAdd(use.Module.Range);
        }

        return new PageAllocator([new(MemoryRange.FromEnd(MiB, machine.Memory), MemoryKind.Usable)], reserved.Ranges, 2048);
    }

    private static LaunchPlan Plan(FakeMachine machine, int count, ulong eachMiB, bool legacy)
    {
        StringBuilder source = new("/dts-v1/; / { chosen { hypervisor { compatible = \"hypervisor,xen\";");
        const string kernel = "kernel { compatible = \"module,kernel\"; mb-index = <1>; };";
        if (legacy)
        {
            source.Append("dom0 "
                + $"{{ compatible = \"xen,domain\"; functions = <0x80000000>; memory = <0 0x20000000>; {kernel} }};");
        }

        for (int index = 0; index < count; index++)
        {
            source.Append($"d{index} {{ compatible = \"xen,domain\"; memory = <0 {eachMiB << 10}>; {kernel} }};");
        }

        machine.Add(DeviceTreeCompiler.Compile(source.Append("}; }; };").ToString()));
        machine.AddAt(17 * MiB, FakeKernel.Make("small"));
        return machine.Plan();
    }
}
