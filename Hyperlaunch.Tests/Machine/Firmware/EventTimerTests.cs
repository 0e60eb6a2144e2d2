using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Firmware;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public sealed class EventTimerTests
{
    [Theory]
    [InlineData(0, 0xFED0_0000UL, 0xFED0_0000UL, "in memory")]
    [InlineData(0, 0x40_FED0_0000UL, 0x40_FED0_0000UL, "above 4 GiB")]
    [InlineData(1, 0x500UL, 0UL, "at a port, where none can be")]
    public void The_address_is_that_of_its_table(byte space, ulong address, ulong found, string because)
    {
        using AcpiImage image = new();
        byte[] body = new byte[20];
        body[4] = space;
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(8), address);
        image.Add("HPET", body);

        Assert.True(found == EventTimer.FindAddress(FirmwareTables.Find(image.WithXsdt().Memory, 0)), because);
    }

    [Fact]
    public void Without_a_table_or_with_half_of_one_there_is_none()
    {
        using AcpiImage image = new();
        image.Add("HPET", new byte[10]);

        Assert.Equal(0UL, EventTimer.FindAddress(null));
        Assert.Equal(0UL, EventTimer.FindAddress(FirmwareTables.Find(image.WithXsdt().Memory, 0)));
    }

    [Theory]
    [InlineData(0x0429_B17F_8086_A701UL, 14_318_179UL, 8, "Intel's: 69.841279 ns")]
    [InlineData(0x0098_9680_0000_0200UL, 100_000_000UL, 3, "QEMU's: 10 ns")]
    [InlineData(0x0000_0000_8086_A201UL, 0UL, 3, "no period")]
    [InlineData(0x05F5_E101_8086_A201UL, 0UL, 3, "a tick longer than 100 ns")]
    public void The_period_gives_the_frequency(ulong capabilities, ulong hertz, int comparators, string because)
    {
        Assert.True(hertz == EventTimerRegisters.Hertz(capabilities), because);
        Assert.Equal(comparators, EventTimerRegisters.CountComparators(capabilities));
    }

    [Fact]
    public void A_comparator_interrupts_no_more_and_keeps_the_rest()
    {
        Assert.Equal(0x8038u, EventTimerRegisters.Silent(0xC03C));
        Assert.Equal(0x160UL, EventTimerRegisters.Comparator(3));
        Assert.Equal(1u, EventTimerRegisters.Running(2));
    }
}
