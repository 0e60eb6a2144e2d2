using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public class ThreadTopologyTests
{
    private readonly FakeHostProcessor _processor = new();

    public ThreadTopologyTests()
    {
        _processor.Set(0, 0, 0x1F, 0, 0, 0);
        _processor.Set(0x1F, 0, 0, 0, 0, 0);
        _processor.Set(0xB, 0, 0, 0, 0, 0);
        _processor.Set(0x8000_0000, 0, 0x8000_0008, 0, 0, 0);
    }

    [Theory]
    [InlineData("the later leaf", 0x1Fu, 2, 2)]
    [InlineData("the earlier leaf", 0xBu, 1, 1)]
    [InlineData("one thread", 0xBu, 0, 0)]
    public void Threads_are_told_by_the_topology_leaves(string what, uint leaf, int shift, int expected)
    {
        _processor.Set(leaf, 0, (uint)shift, 1u << shift, 1u << 8, 0);
        Assert.True(ThreadTopology.ThreadBits(_processor) == expected, what);
    }

    [Theory]
    [InlineData("one thread a core", 0, 0)]
    [InlineData("two threads a core", 1, 1)]
    [InlineData("three threads a core, which there is not", 2, 2)]
    public void Threads_are_told_by_AMDs_leaf_where_there_is_no_other(string what, uint threadsLessOne, int expected)
    {
        _processor.Set(0, 0, 0xA, 0, 0, 0);
        _processor.Set(0x8000_0000, 0, 0x8000_001E, 0, 0, 0);
        _processor.Set(0x8000_0001, 0, 0, 0, 1u << 22, 0);
        _processor.Set(0x8000_001E, 0, 0, threadsLessOne << 8, 0, 0);
        Assert.True(ThreadTopology.ThreadBits(_processor) == expected, what);
    }

    [Fact]
    public void A_processor_that_says_nothing_has_one_thread_a_core() => Assert.Equal(0, ThreadTopology.ThreadBits(_processor));

    [Fact]
    public void Siblings_differ_in_the_lowest_bits_only()
    {
        Assert.True(ThreadTopology.AreSiblings(6, 7, 1));
        Assert.False(ThreadTopology.AreSiblings(5, 6, 1));
        Assert.False(ThreadTopology.AreSiblings(6, 7, 0));
    }
}
