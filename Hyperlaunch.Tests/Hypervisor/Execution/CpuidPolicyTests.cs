using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class CpuidPolicyTests
{
    private readonly FakeHostProcessor _host = new();

    private CpuidPolicy Policy => new(_host);

    private static CpuidView View
        => new() { ProcessorIndex = 1, ProcessorCount = 3, OsXsave = true, Xcr0 = 1, ApicEnabled = true };

    [Fact]
    public void Hides_virtualization_machine_checks_memory_types_and_topology_of_the_machine()
    {
        CpuidResult basic = Policy.Answer(1, 0, View);
        Assert.Equal(0u, basic.Ecx & (1u << 5));
        Assert.Equal(0u, basic.Ecx & (1u << 3));
        Assert.Equal(0u, basic.Edx & ((1u << 7) | (1u << 12) | (1u << 14)));
        CpuidResult extended = Policy.Answer(0x8000_0001, 0, View);
        Assert.Equal(0u, extended.Ecx & ((1u << 2) | (1u << 10) | (1u << 12) | (1u << 22)));
        Assert.Equal(0u, Policy.Answer(0x8000_0008, 0, View).Ecx);
    }

    [Theory]
    [InlineData(true, 1u << 8)]
    [InlineData(false, 0u)]
    public void Says_that_the_counter_is_invariant_only_where_the_machines_are_one_clock(bool isStable, uint edx)
        => Assert.Equal(edx, new CpuidPolicy(_host, isStable).Answer(0x8000_0007, 0, View).Edx);

    [Fact]
    public void Offers_what_the_virtual_platform_adds()
    {
        _host.Set(1, 0, 0, 0, 0, 0);
        CpuidResult basic = Policy.Answer(1, 0, View);
        Assert.Equal((1u << 31) | (1u << 24) | (1u << 21), basic.Ecx);
    }

    [Theory]
    [InlineData(0xAu)]
    [InlineData(0xFu)]
    [InlineData(0x14u)]
    [InlineData(0x4000_0000u)]
    [InlineData(0x4000_0011u)]
    [InlineData(0x8000_0009u)]
    [InlineData(0x8000_001Fu)]
    [InlineData(0x8000_000Au)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_leaf_that_is_not_listed_reads_as_zeros(uint leaf)
        => Assert.Equal(default, Policy.Answer(leaf, 0, View));

    [Fact]
    public void The_highest_leaves_are_the_last_ones_answered()
    {
        Assert.Equal(0xDu, Policy.Answer(0, 0, View).Eax);
        Assert.Equal(0x8000_0021u, Policy.Answer(0x8000_0000, 0, View).Eax);
        Assert.Equal(2u, Policy.Answer(7, 0, View).Eax);
    }

    // FSRM and MD_CLEAR, IBRS and IBPB, STIBP, ARCH_CAPABILITIES, SSBD; not TSX's, FLUSH_CMD and CORE_CAPABILITIES.
    [Theory]
    [InlineData(7u, 0u, 0xAC00_0410u)]
    [InlineData(7u, 1u, 0u)]
    [InlineData(7u, 2u, 0x3Fu)]
    [InlineData(7u, 3u, 0u)]
    public void Intels_means_against_speculation_are_shown_but_not_those_without_a_register_here(
        uint leaf, uint subleaf, uint edx)
        => Assert.Equal(edx, Policy.Answer(leaf, subleaf, View).Edx);

    [Fact]
    public void AMDs_means_against_speculation_are_shown()
    {
        Assert.Equal(0x750F_D000u, Policy.Answer(0x8000_0008, 0, View).Ebx);
        CpuidResult later = Policy.Answer(0x8000_0021, 0, View);
        Assert.Equal((0x7800_0124u, 0u, 6u, 0u), (later.Eax, later.Ebx, later.Ecx, later.Edx));
    }

    [Fact]
    public void No_means_is_shown_that_the_machine_lacks()
    {
        _host.Set(7, 0, 0, 0, 0, 0);
        _host.Set(0x8000_0008, 0, 0x3030, 0, 0, 0);
        _host.Set(0x8000_0021, 0, 0, 0, 0, 0);
        Assert.Equal(default, Policy.Answer(7, 0, View));
        Assert.Equal(0u, Policy.Answer(0x8000_0008, 0, View).Ebx);
        Assert.Equal(default, Policy.Answer(0x8000_0021, 0, View));
    }

    [Theory]
    [InlineData("there is the leaf", 0x8000_0021u, true)]
    [InlineData("there is none", 0x8000_0008u, false)]
    public void Automatic_IBRS_is_the_guests_where_the_machine_has_it(string what, uint last, bool expected)
    {
        _host.Set(0x8000_0000, 0, last, 0, 0, 0);
        Assert.True(((Policy.AllowedEfer & ControlBits.EferAutomaticRestricted) != 0) == expected, what);
    }

    [Fact]
    public void A_machine_with_fewer_leaves_keeps_its_own_limit()
    {
        _host.Set(0, 0, 7, 1, 2, 3);
        Assert.Equal(7u, Policy.Answer(0, 0, View).Eax);
    }

    [Fact]
    public void A_processor_learns_its_own_number_and_count()
    {
        Assert.Equal(1u, Policy.Answer(1, 0, View).Ebx >> 24);
        Assert.Equal(3u, Policy.Answer(1, 0, View).Ebx >> 16 & 0xFF);
        CpuidResult core = Policy.Answer(0xB, 1, View);
        Assert.Equal((2u, 3u, 0x201u, 1u), (core.Eax, core.Ebx, core.Ecx, core.Edx));
        Assert.Equal(0u, Policy.Answer(0xB, 2, View).Ebx);
    }

    [Fact]
    public void OSXSAVE_is_the_guests_own()
    {
        CpuidView without = View;
        without.OsXsave = false;
        Assert.NotEqual(0u, Policy.Answer(1, 0, View).Ecx & (1u << 27));
        Assert.Equal(0u, Policy.Answer(1, 0, without).Ecx & (1u << 27));
    }

    [Fact]
    public void The_APIC_bit_follows_its_enable()
    {
        CpuidView off = View;
        off.ApicEnabled = false;
        Assert.Equal(0u, Policy.Answer(1, 0, off).Edx & (1u << 9));
        Assert.Equal(0u, Policy.Answer(0x8000_0001, 0, off).Edx & (1u << 9));
        Assert.NotEqual(0u, Policy.Answer(1, 0, View).Edx & (1u << 9));
    }

    [Fact]
    public void Extended_state_is_x87_SSE_and_AVX_sized_by_what_the_guest_enabled()
    {
        Assert.Equal(7ul, Policy.AllowedXcr0);
        Assert.Equal((7u, 576u, 832u, 0u), Registers(Policy.Answer(0xD, 0, View)));
        CpuidView avx = View;
        avx.Xcr0 = 7;
        Assert.Equal(832u, Policy.Answer(0xD, 0, avx).Ebx);
        Assert.Equal(default, Policy.Answer(0xD, 9, View));
    }

    [Fact]
    public void Without_XSAVE_there_is_no_extended_state()
    {
        _host.Set(1, 0, 0, 0, ~(1u << 26), 0);
        Assert.Equal(0ul, Policy.AllowedXcr0);
        Assert.Equal(default, Policy.Answer(0xD, 0, View));
    }

    [Fact]
    public void The_time_stamp_counter_is_invariant_only_where_the_machines_is()
    {
        Assert.Equal(1u << 8, Policy.Answer(0x8000_0007, 0, View).Edx);
        _host.Set(0x8000_0007, 0, 0, 0, 0, 0);
        Assert.Equal(0u, Policy.Answer(0x8000_0007, 0, View).Edx);
    }

    [Theory]
    [InlineData(0ul, false)]
    [InlineData(1ul, true)]
    [InlineData(2ul, false)]
    [InlineData(3ul, true)]
    [InlineData(5ul, false)]
    [InlineData(7ul, true)]
    [InlineData(0x207ul, false)]
    [InlineData(0x8000_0000_0000_0007ul, false)]
    public void XCR0_takes_only_consistent_values(ulong value, bool valid)
        => Assert.Equal(valid, ExtendedState.IsValid(value, 7));

    private static (uint Eax, uint Ebx, uint Ecx, uint Edx) Registers(CpuidResult result)
        => (result.Eax, result.Ebx, result.Ecx, result.Edx);
}
