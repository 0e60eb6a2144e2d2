using Hyperlaunch.Hypervisor.Passthrough;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class RealPortsTests
{
    private readonly FakeHardware _hardware = new() { Ports = { new PortRange(0x3F8, 0x3FF), new PortRange(0xFFFF, 0xFFFF) } };

    [Fact]
    public void A_port_that_nobody_keeps_is_the_machines()
    {
        RealPorts ports = new(_hardware);

        Assert.Equal(0x5A5Au, ports.ReadPort(0xC000, 2));
        ports.WritePort(0xC004, 4, 0x1234_5678);

        Assert.Equal(["in c000/2", "out c004/4=12345678"], _hardware.Log);
    }

    [Fact]
    public void A_kept_port_reads_all_ones_and_swallows_what_is_written()
    {
        RealPorts ports = new(_hardware);

        Assert.Equal(0xFFu, ports.ReadPort(0x3F8, 1));
        Assert.Equal(0xFFFF_FFFFu, ports.ReadPort(0x3FC, 4));
        ports.WritePort(0x3FF, 1, 0);
        ports.WritePort(0xFFFF, 1, 0);

        Assert.Empty(_hardware.Log);
    }

    [Fact]
    public void An_access_that_touches_a_kept_port_is_made_of_bytes()
    {
        RealPorts ports = new(_hardware);

        Assert.Equal(0xFFFF_5A5Au, ports.ReadPort(0x3F6, 4));
        ports.WritePort(0x3F6, 4, 0x4433_2211);
        Assert.Equal(0xFF5Au, ports.ReadPort(0xFFFE, 2));

        Assert.Equal(["in 3f6/1", "in 3f7/1", "out 3f6/1=11", "out 3f7/1=22", "in fffe/1"], _hardware.Log);
    }

    [Fact]
    public void An_access_that_runs_past_the_last_port_stays_among_the_ports()
    {
        RealPorts ports = new(new FakeHardware());

        Assert.Equal(0x5A5Au, ports.ReadPort(0xFFFF, 2));
    }
}
