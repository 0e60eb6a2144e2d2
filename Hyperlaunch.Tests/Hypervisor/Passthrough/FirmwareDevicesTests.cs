using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Passthrough;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class FirmwareDevicesTests
{
    private const byte Message = 0x05;
    private const byte ExtendedMessage = 0x11;
    private const uint Network = 0x0200_0000;
    private const uint Display = 0x0300_0000;
    private const uint HostBridge = 0x0600_0000;
    private const uint PciBridge = 0x0604_0000;
    private const uint Iommu = 0x0806_0000;

    private readonly FakePciBus _bus = new();

    [Fact]
    public void Every_function_that_masters_the_bus_is_stopped_also_on_buses_that_no_bridge_leads_to()
    {
        PciAddress card = new(0, 3, 0);
        PciAddress other = new(0xC0, 0x1F, 7);
        _bus.Add(card, code: Network)[4] = 0x07;
        _bus.Add(new PciAddress(0xC0, 0x1F, 0), header: 0x80);
        _bus.Add(other)[4] = 0x06;

        Assert.Equal(2, FirmwareDevices.Stop(_bus));
        Assert.Equal(0x03, _bus.Space(card)[4]);
        Assert.Equal(0x02, _bus.Space(other)[4]);
        Assert.Equal(2, _bus.Writes.Count);
    }

    [Theory]
    [InlineData(HostBridge, 0, "the machine's own bridge")]
    [InlineData(PciBridge, 1, "a bridge: what is behind it was stopped itself")]
    [InlineData(Display, 0, "the screen that the console is on")]
    [InlineData(Iommu, 0, "an IOMMU")]
    public void What_must_go_on_is_left_alone(uint code, byte header, string because)
    {
        PciAddress address = new(0, 2, 0);
        _bus.Add(address, code: code, header: header)[4] = 0x07;

        Assert.Equal(0, FirmwareDevices.Stop(_bus));
        Assert.True(_bus.Writes.Count == 0, because);
    }

    [Fact]
    public void Interrupts_by_message_are_disabled_and_nothing_else_of_their_capabilities()
    {
        PciAddress address = new(0, 3, 0);
        byte[] space = _bus.Add(address, code: Network);
        space[0x34] = 0x50;
        _bus.Capability(address, 0x50, Message, 0x70);
        _bus.Capability(address, 0x70, ExtendedMessage, 0);
        (space[0x52], space[0x53]) = (0x81, 0x01);
        (space[0x72], space[0x73]) = (0x03, 0xC0);

        Assert.Equal(0, FirmwareDevices.Stop(_bus));
        Assert.Equal(["18:52/2=180", "18:72/2=4003"], _bus.Writes);
    }

    [Fact]
    public void A_list_of_capabilities_that_bites_its_tail_ends()
    {
        PciAddress address = new(0, 3, 0);
        _bus.Add(address, code: Network)[0x34] = 0x40;
        _bus.Capability(address, 0x40, Message, 0x50);
        _bus.Capability(address, 0x50, 0x09, 0x40);

        Assert.Equal(0, FirmwareDevices.Stop(_bus));
        Assert.Empty(_bus.Writes);
    }

    [Fact]
    public void Single_functions_are_asked_for_once()
    {
        CountingBus bus = new();

        FirmwareDevices.Stop(bus);

        Assert.Equal(256 * 32, bus.Asked.Count);
    }

    // A machine without devices.
    private sealed class CountingBus : IPciBus
    {
        public List<ushort> Asked { get; } = [];

        public uint Read(PciAddress address, int offset, int size)
        {
            Asked.Add(address.Value);
            return uint.MaxValue;
        }

        public void Write(PciAddress address, int offset, int size, uint value) => Assert.Fail("Nothing is there.");
    }
}
