using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class Cr4PolicyTests
{
    private const uint LastLeaf = 7;

    private readonly FakeHostProcessor _host = new();

    private ulong Allowed => Cr4Policy.AllowedBits(new CpuidPolicy(_host));

    [Fact]
    public void A_processor_that_has_everything_leaves_the_hidden_bits_reserved()
    {
        _host.Set(0, 0, LastLeaf, 0, 0, 0);
        _host.Set(1, 0, 0, 0, uint.MaxValue, uint.MaxValue);
        _host.Set(7, 0, 0, uint.MaxValue, uint.MaxValue, uint.MaxValue);
        Assert.Equal(0x0037_0FBFul, Allowed);
    }

    [Fact]
    public void A_processor_that_shows_nothing_leaves_the_bit_that_all_have()
    {
        _host.Set(0, 0, LastLeaf, 0, 0, 0);
        _host.Set(1, 0, 0, 0, 0, 0);
        _host.Set(7, 0, 0, 0, 0, 0);
        Assert.Equal(ControlBits.Cr4PerformanceCounters, Allowed);
    }

    [Theory]
    [InlineData("FSGSBASE", 0, 1u << 0, 0u)]
    [InlineData("SMEP", 0, 1u << 7, 0u)]
    [InlineData("SMAP", 0, 1u << 20, 0u)]
    [InlineData("UMIP", 0, 0u, 1u << 2)]
    public void Leaf_7_counts_only_where_it_exists(string what, int before, uint ebx, uint ecx)
    {
        Assert.NotEmpty(what);
        _host.Set(1, 0, 0, 0, 0, 0);
        _host.Set(7, 0, 0, ebx, ecx, 0);
        _host.Set(0, 0, (uint)before, 0, 0, 0);
        Assert.Equal(ControlBits.Cr4PerformanceCounters, Allowed);
        _host.Set(0, 0, LastLeaf, 0, 0, 0);
        Assert.NotEqual(ControlBits.Cr4PerformanceCounters, Allowed);
    }
}
