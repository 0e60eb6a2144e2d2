using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Passthrough;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class PciFunctionTests
{
    private const byte PowerManagement = 0x01;
    private const byte Message = 0x05;
    private const byte Vendor = 0x09;
    private const byte Express = 0x10;
    private const byte ExtendedMessage = 0x11;
    private const uint HostBridge = 0x0600_0000;
    private const uint PciBridge = 0x0604_0000;

    private static readonly PciAddress s_address = new(0, 3, 0);

    private readonly FakePciBus _bus = new();
    private readonly byte[] _space;

    public PciFunctionTests()
    {
        _space = _bus.Add(s_address);
    }

    [Fact]
    public void Base_addresses_are_measured_while_the_function_does_not_answer()
    {
        _space[4] = 0x07;
        _bus.Bar(s_address, 0, 0xC001, 0xFFE0);
        _bus.Bar(s_address, 1, 0xFEBD_1000, 0xFFFF_F000);
        _bus.Bar(s_address, 4, 0xFE00_000C, 0xFFFF_C000);
        _bus.Bar(s_address, 5, 0x0000_0002, 0xFFFF_FFFF);

        PciFunction function = new(_bus, s_address);

        Assert.Equal((0xC000UL, 0x20UL, true), Describe(function.Bars[0]));
        Assert.Equal((0xFEBD_1000UL, 0x1000UL, false), Describe(function.Bars[1]));
        Assert.Equal((0UL, 0UL, false), Describe(function.Bars[2]));
        Assert.Equal((0x2_FE00_0000UL, 0x4000UL, false), Describe(function.Bars[4]));
        Assert.Equal((0UL, 0UL, false), Describe(function.Bars[5]));
        Assert.Equal("18:4/2=0", _bus.Writes[0]);
        Assert.Equal("18:4/2=3", _bus.Writes[^1]);
        Assert.Equal(0xC001u, _bus.Read(s_address, 0x10, 4));
        Assert.Equal(0xFE00_000Cu, _bus.Read(s_address, 0x20, 4));
        Assert.Equal(0, _bus.Misaligned);
    }

    [Theory]
    [InlineData(0x0000_0000u, 0xFFFF_F000u)] // nowhere
    [InlineData(0xF000_0000u, 0xFF00_F000u)] // no power of two
    public void A_claim_that_cannot_be_is_none(uint value, uint mask)
    {
        _bus.Bar(s_address, 0, value, mask);

        Assert.Equal(0UL, new PciFunction(_bus, s_address).Bars[0].Size);
    }

    [Fact]
    public void A_last_base_address_that_says_it_is_wide_does_not_run_over_the_end()
    {
        _bus.Bar(s_address, 5, 0xFE00_0004, 0xFFFF_F000);

        PciFunction function = new(_bus, s_address);

        Assert.Equal((0xFE00_0000UL, 0x1000UL, false), Describe(function.Bars[5]));
    }

    [Fact]
    public void A_domain_can_ask_a_base_address_for_its_size_and_write_it_as_it_was()
    {
        _bus.Bar(s_address, 1, 0xFEBD_1000, 0xFFFF_F000);
        PciFunction function = new(_bus, s_address);
        _bus.Writes.Clear();

        function.Write(0x14, 4, 0xFFFF_FFFF);
        Assert.Equal(0xFFFF_F000u, function.Read(0x14, 4));
        Assert.Equal(0xF0u, function.Read(0x15, 1));
        Assert.Empty(_bus.Writes);

        // As a device that was reset has it.
        BinaryPrimitives.WriteUInt32LittleEndian(_space.AsSpan(0x14), 0);
        function.Write(0x14, 4, 0xFEBD_1000);
        Assert.Equal(0xFEBD_1000u, function.Read(0x14, 4));
        Assert.Equal(["18:14/4=febd1000"], _bus.Writes);
    }

    [Theory]
    [InlineData(4, 0xFEBD_2000u)]
    [InlineData(4, 0u)]
    [InlineData(2, 0xFFFFu)]
    [InlineData(1, 0x20u)]
    public void A_domain_cannot_move_a_base_address(int size, uint value)
    {
        _bus.Bar(s_address, 1, 0xFEBD_1000, 0xFFFF_F000);
        PciFunction function = new(_bus, s_address);
        _bus.Writes.Clear();

        function.Write(0x14, size, value);

        Assert.Empty(_bus.Writes);
        Assert.Equal(0xFEBD_1000u, function.Read(0x14, 4));
    }

    [Fact]
    public void The_upper_half_of_a_wide_address_cannot_be_moved_either()
    {
        _bus.Bar(s_address, 2, 0xFE00_000C, 0xFFFF_C000);
        _bus.Bar(s_address, 3, 0, 0xFFFF_FFFF);
        PciFunction function = new(_bus, s_address);
        _bus.Writes.Clear();

        function.Write(0x1C, 4, 1);
        Assert.Empty(_bus.Writes);
        function.Write(0x1C, 4, uint.MaxValue);
        Assert.Equal(uint.MaxValue, function.Read(0x1C, 4));
        function.Write(0x1C, 4, 0);
        Assert.Equal(0u, function.Read(0x1C, 4));
    }

    [Fact]
    public void Message_interrupts_are_left_out_of_the_list_of_capabilities()
    {
        _space[0x34] = 0x84;
        _bus.Capability(s_address, 0x84, ExtendedMessage, 0x70);
        _bus.Capability(s_address, 0x70, Vendor, 0x60);
        _bus.Capability(s_address, 0x60, Message, 0x50);
        _bus.Capability(s_address, 0x50, PowerManagement, 0x40);
        _bus.Capability(s_address, 0x40, Express, 0);
        _space.AsSpan(0x62, 14).Fill(0xEE);
        _space[0x62] = 0x80;
        _space[0x63] = 0x00;
        _space[0x88] = 0xDD;

        PciFunction function = new(_bus, s_address);

        Assert.Equal([Vendor, PowerManagement, Express], ListOf(function));
        Assert.Equal(0u, function.Read(0x60, 4));
        Assert.Equal(0u, function.Read(0x64, 2));
        Assert.Equal(0u, function.Read(0x6C, 4));
        Assert.Equal(0u, function.Read(0x84, 1));
        Assert.Equal(0u, function.Read(0x88, 4));
        _bus.Writes.Clear();
        function.Write(0x62, 2, 1);
        function.Write(0x86, 2, 0x8000);
        Assert.Empty(_bus.Writes);
        function.Write(0x54, 2, 3);
        Assert.Equal(["18:54/2=3"], _bus.Writes);
    }

    [Theory]
    [InlineData(0x000, 0x4C)]
    [InlineData(0x080, 0x50)]
    [InlineData(0x100, 0x54)]
    [InlineData(0x180, 0x58)]
    public void What_follows_a_message_capability_is_seen(int control, int after)
    {
        _space[0x34] = 0x40;
        _bus.Capability(s_address, 0x40, Message, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(_space.AsSpan(0x42), (ushort)control);
        _space.AsSpan(0x44).Fill(0xEE);

        PciFunction function = new(_bus, s_address);

        Assert.Equal(0u, function.Read(after - 4, 4));
        Assert.Equal(0xEEEE_EEEEu, function.Read(after, 4));
    }

    [Fact]
    public void A_list_that_bites_its_tail_ends()
    {
        _space[0x34] = 0x40;
        _bus.Capability(s_address, 0x40, Message, 0x50);
        _bus.Capability(s_address, 0x50, Vendor, 0x60);
        _bus.Capability(s_address, 0x60, Express, 0x40);

        Assert.Equal([Vendor, Express], ListOf(new PciFunction(_bus, s_address)));
    }

    [Fact]
    public void A_hidden_capability_does_not_hide_those_that_lie_in_it()
    {
        _space[0x34] = 0x40;
        _bus.Capability(s_address, 0x40, Message, 0x50);
        _bus.Capability(s_address, 0x50, Vendor, 0xFC);
        _bus.Capability(s_address, 0xFC, ExtendedMessage, 0);

        Assert.Equal([Vendor], ListOf(new PciFunction(_bus, s_address)));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x3C)]
    [InlineData(0x43)]
    [InlineData(0xFF)]
    public void Any_pointer_is_followed_to_an_end(int first)
    {
        _space.AsSpan(0x40).Fill(0xFF);
        _space[0x06] = 0x10;
        _space[0x34] = (byte)first;

        PciFunction function = new(_bus, s_address);

        Assert.InRange(ListOf(function).Count, 0, 48);
        Assert.Equal(0, _bus.Misaligned);
    }

    [Fact]
    public void Whatever_a_function_says_of_itself_it_can_be_looked_at()
    {
        Random random = new(5);
        for (int round = 0; round < 3000; round++)
        {
            random.NextBytes(_space);
            PciFunction function = new(_bus, s_address);
            foreach (PciBar bar in function.Bars)
            {
                Assert.True(bar.Size == 0 || (bar.Address % bar.Size == 0 && bar.Address != 0));
            }

            for (int offset = 0; offset < 256; offset += 2)
            {
                function.Write(offset, 2, (uint)random.Next(0x1_0000));
                function.Read(offset & ~3, 4);
            }
        }

        Assert.Equal(0, _bus.Misaligned);
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x08)]
    [InlineData(0x0C)]
    [InlineData(0x30)]
    [InlineData(0x34)]
    [InlineData(0x3C)]
    public void The_header_cannot_be_written(int offset)
    {
        PciFunction function = new(_bus, s_address);
        _bus.Writes.Clear();

        function.Write(offset, 4, 0x1234_5678);

        Assert.Empty(_bus.Writes);
    }

    [Fact]
    public void The_command_and_a_devices_own_registers_can_be_written()
    {
        PciFunction function = new(_bus, s_address);
        _bus.Writes.Clear();

        function.Write(0x04, 2, 0x0407);
        function.Write(0x81, 1, 0x55);

        Assert.Equal(["18:4/2=407", "18:81/1=55"], _bus.Writes);
    }

    [Fact]
    public void Nothing_of_the_machines_own_bridges_can_be_written()
    {
        PciAddress address = new(0, 0, 0);
        _bus.Add(address, code: HostBridge);
        PciFunction function = new(_bus, address);
        for (int offset = 0; offset < 256; offset += 4)
        {
            function.Write(offset, 4, 0xFFFF_FFFF);
        }

        function.StopBusMaster();
        Assert.Empty(_bus.Writes);
        Assert.True(function.IsFixed);
        Assert.False(function.IsPciBridge);
    }

    [Fact]
    public void The_buses_and_windows_of_a_bridge_cannot_be_written()
    {
        PciAddress address = new(0, 1, 0);
        _bus.Add(address, code: PciBridge, header: 1);
        PciFunction function = new(_bus, address);
        Assert.True(function.IsPciBridge);
        _bus.Writes.Clear();
        for (int offset = 0x18; offset < 0x40; offset += 4)
        {
            function.Write(offset, 4, 0xFFFF_FFFF);
        }

        Assert.Empty(_bus.Writes);
        function.Write(0x04, 2, 7);
        Assert.Equal(["8:4/2=7"], _bus.Writes);
    }

    [Fact]
    public void Stopping_takes_the_right_to_memory_and_nothing_else()
    {
        PciFunction function = new(_bus, s_address);
        _space[4] = 0x07;
        _space[5] = 0x04;
        _bus.Writes.Clear();

        function.StopBusMaster();

        Assert.Equal(["18:4/2=403"], _bus.Writes);
    }

    [Theory]
    [InlineData(0, 11, 0, 0)]
    [InlineData(1, 11, 1, 11)]
    [InlineData(4, 10, 4, 10)]
    [InlineData(5, 11, 0, 0)]
    public void A_pin_that_does_not_exist_has_no_line(byte pin, byte line, int expectedPin, int expectedLine)
    {
        _space[0x3D] = pin;
        _space[0x3C] = line;

        PciFunction function = new(_bus, s_address);

        Assert.Equal((expectedPin, expectedLine), (function.Pin, function.Line));
    }

    private static (ulong Address, ulong Size, bool IsPorts) Describe(PciBar bar) => (bar.Address, bar.Size, bar.IsPorts);

    private static List<byte> ListOf(PciFunction function)
    {
        List<byte> list = [];
        for (uint place = function.Read(0x34, 1); place != 0 && list.Count < 64; place = function.Read((int)place + 1, 1))
        {
            list.Add((byte)function.Read((int)place, 1));
        }

        return list;
    }
}
