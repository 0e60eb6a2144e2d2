using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

public sealed class AddressTests
{
    [Fact]
    public void Addresses_of_one_kind_are_equal_when_their_numbers_are()
    {
        Assert.True(new GuestAddress(0x1000) == new GuestAddress(0x1000));
        Assert.True(new MachineAddress(0x1000) != new MachineAddress(0x1_0000_1000));
        Assert.True(new LinearAddress(5).Equals((object)new LinearAddress(5)));
        Assert.Equal(new GuestAddress(7).GetHashCode(), new GuestAddress(7).GetHashCode());
    }

    [Fact]
    public void An_address_of_one_kind_equals_none_of_another()
        => Assert.False(new GuestAddress(0x1000).Equals((object)new MachineAddress(0x1000)));

    [Fact]
    public void Offsets_move_an_address_and_wrap_like_the_processors()
    {
        Assert.Equal(0x1010UL, (new GuestAddress(0x1000) + 0x10).Value);
        Assert.Equal(0xFF0UL, (new MachineAddress(0x1000) - 0x10).Value);
        Assert.Equal(1UL, (new LinearAddress(ulong.MaxValue) + 2).Value);
        Assert.Equal(ulong.MaxValue, (new LinearAddress(0) - 1).Value);
    }

    [Theory]
    [InlineData(0x1000ul, 0x10ul, true, "small numbers")]
    [InlineData(ulong.MaxValue - 1, 1ul, true, "up to the last address")]
    [InlineData(ulong.MaxValue, 1ul, false, "beyond the last address")]
    [InlineData(1ul, ulong.MaxValue, false, "an offset of nearly 64 bits")]
    public void A_checked_sum_is_refused_where_it_would_wrap(ulong start, ulong offset, bool fits, string what)
    {
        Assert.True(fits == new GuestAddress(start).TryAdd(offset, out GuestAddress guest), what);
        Assert.True(fits == new MachineAddress(start).TryAdd(offset, out MachineAddress machine), what);
        Assert.True(fits == new LinearAddress(start).TryAdd(offset, out LinearAddress linear), what);
        Assert.Equal((unchecked(start + offset), guest.Value, guest.Value), (guest.Value, machine.Value, linear.Value));
    }

    [Fact]
    public void Rounding_down_keeps_what_is_above_the_alignment()
    {
        Assert.Equal(0xFFFF_8000_0000_1000UL, new LinearAddress(0xFFFF_8000_0000_1FFF).AlignDown(0x1000).Value);
        Assert.Equal(0x20_0000UL, new GuestAddress(0x3F_FFFF).AlignDown(0x20_0000).Value);
        Assert.Equal(0UL, new MachineAddress(0xFFF).AlignDown(0x1000).Value);
    }

    [Fact]
    public void Addresses_are_shown_in_hexadecimal() => Assert.Equal("0xfee00000", new MachineAddress(0xFEE0_0000).ToString());
}
