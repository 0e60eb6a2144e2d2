using System.Linq;
using Hyperlaunch.Hypervisor.Passthrough;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class PciTopologyTests
{
    private const uint PciBridge = 0x0604_0000;

    private readonly FakePciBus _bus = new();

    [Fact]
    public void Finds_every_function_that_bridges_lead_to()
    {
        _bus.Add(new PciAddress(0, 0, 0), code: 0x0600_0000);
        _bus.Add(new PciAddress(0, 31, 0), header: 0x80);
        _bus.Add(new PciAddress(0, 31, 7));
        Bridge(new PciAddress(0, 2, 0), 1);
        _bus.Add(new PciAddress(1, 0, 0));
        Bridge(new PciAddress(1, 1, 0), 2);
        _bus.Add(new PciAddress(2, 5, 0));
        _bus.Add(new PciAddress(3, 0, 0));

        PciTopology topology = new(_bus);

        Assert.Equal(
            ["0.0.0", "0.2.0", "0.31.0", "0.31.7", "1.0.0", "1.1.0", "2.5.0"],
            topology.Functions.Select(f => $"{f.Address.Bus}.{f.Address.Device}.{f.Address.Function}"));
        Assert.Equal(2, topology.LastBus);
        Assert.Null(topology.Find(new PciAddress(3, 0, 0)));
    }

    [Fact]
    public void Functions_beyond_the_first_are_asked_for_only_where_there_are_many()
    {
        _bus.Add(new PciAddress(0, 4, 0));
        _bus.Add(new PciAddress(0, 4, 1));

        Assert.Single(new PciTopology(_bus).Functions);
    }

    [Fact]
    public void Bridges_that_lead_in_a_circle_are_followed_once()
    {
        Bridge(new PciAddress(0, 1, 0), 1);
        Bridge(new PciAddress(0, 2, 0), 1);
        Bridge(new PciAddress(0, 3, 0), 0);
        Bridge(new PciAddress(1, 0, 0), 0);
        Bridge(new PciAddress(1, 1, 0), 1);

        Assert.Equal(5, new PciTopology(_bus).Functions.Count);
    }

    [Fact]
    public void There_is_a_limit_to_how_many_functions_are_looked_at()
    {
        for (int bus = 0; bus < 4; bus++)
        {
            for (int device = 0; device < 32; device++)
            {
                for (int function = 0; function < 8; function++)
                {
                    PciAddress address = new(bus, device, function);
                    if (device == 0 && function == 0)
                    {
                        Bridge(address, (byte)(bus + 1), 0x81);
                    }
                    else
                    {
                        _bus.Add(address, header: 0x80);
                    }
                }
            }
        }

        Assert.Equal(PciTopology.MaximumFunctions, new PciTopology(_bus).Functions.Count);
    }

    [Fact]
    public void A_pin_behind_bridges_arrives_where_each_turns_it_to()
    {
        Bridge(new PciAddress(0, 2, 0), 1);
        Bridge(new PciAddress(1, 3, 0), 2);
        Interrupt(new PciAddress(0, 5, 0), 1, 10);
        Interrupt(new PciAddress(1, 1, 0), 4, 11);
        Interrupt(new PciAddress(2, 6, 0), 2, 5);

        PciTopology topology = new(_bus);

        Assert.Equal(10, topology.LineOf(5, 1));

        // Pin D of device 1 is pin A of the bridge; pin B of device 6 is D of the inner one, which as device 3 makes it C.
        Assert.Equal(11, topology.LineOf(2, 1));
        Assert.Equal(5, topology.LineOf(2, 3));
        Assert.Equal(0, topology.LineOf(2, 2));
        Assert.Equal(0, topology.LineOf(6, 2));
    }

    [Fact]
    public void A_line_that_firmware_did_not_route_is_none()
    {
        Interrupt(new PciAddress(0, 5, 0), 1, 0xFF);
        Interrupt(new PciAddress(0, 6, 0), 1, 0);

        PciTopology topology = new(_bus);

        Assert.Equal((0, 0), (topology.LineOf(5, 1), topology.LineOf(6, 1)));
    }

    [Fact]
    public void Memory_is_what_functions_claim_and_bridges_pass_on()
    {
        _bus.Add(new PciAddress(0, 4, 0));
        _bus.Bar(new PciAddress(0, 4, 0), 0, 0xFEBD_1000, 0xFFFF_FF00);
        _bus.Bar(new PciAddress(0, 4, 0), 2, 0x0000_000C, 0xFFFF_C000);
        _bus.Bar(new PciAddress(0, 4, 0), 3, 0x0000_0038, 0xFFFF_FFFF);
        byte[] bridge = Bridge(new PciAddress(0, 2, 0), 1);
        new byte[] { 0x80, 0xFE, 0x90, 0xFE }.CopyTo(bridge, 0x20); // 0xFE80_0000 to 0xFE9F_FFFF
        new byte[] { 0x01, 0x00, 0xF1, 0x00 }.CopyTo(bridge, 0x24); // 64 bits wide, 16 MiB
        bridge[0x28] = 0x39;
        bridge[0x2C] = 0x39;

        PciTopology topology = new(_bus);

        Assert.Equal((0xFE80_0000UL, 0xFEBD_2000UL), (topology.LowMemory.Start, topology.LowMemory.End));
        Assert.Equal((0x38_0000_0000UL, 0x39_0100_0000UL), (topology.HighMemory.Start, topology.HighMemory.End));
    }

    [Fact]
    public void A_machine_without_functions_has_nothing()
    {
        PciTopology topology = new(_bus);

        Assert.Empty(topology.Functions);
        Assert.True(topology.LowMemory.IsEmpty);
        Assert.True(topology.HighMemory.IsEmpty);
    }

    private byte[] Bridge(PciAddress address, byte secondary, byte header = 1)
    {
        byte[] space = _bus.Add(address, code: PciBridge, header: header);
        space[0x19] = secondary;
        space[0x20] = 0xF0; // a window that ends before it begins passes nothing
        space[0x21] = 0xFF;
        space[0x24] = 0xF0;
        space[0x25] = 0xFF;
        return space;
    }

    private void Interrupt(PciAddress address, byte pin, byte line)
    {
        byte[] space = _bus.Add(address);
        space[0x3D] = pin;
        space[0x3C] = line;
    }
}
