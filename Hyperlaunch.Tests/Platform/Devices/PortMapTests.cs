using System;
using System.Collections.Generic;
using Hyperlaunch.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Devices;

public sealed class PortMapTests
{
    private readonly PortMap _map = new();
    private readonly LoggingDevice _device = new();

    [Fact]
    public void An_absent_port_reads_all_ones_and_takes_what_is_written()
    {
        Assert.Equal(0xFFu, _map.Read(0x80, 1));
        Assert.Equal(0xFFFFu, _map.Read(0x80, 2));
        Assert.Equal(0xFFFF_FFFFu, _map.Read(0x80, 4));
        _map.Write(0x80, 4, 0x1234);
        Assert.Equal(0xFFu, _map.Read(0x80, 1));
    }

    [Fact]
    public void A_wide_access_to_a_byte_device_is_split_from_the_lowest_port_up()
    {
        _map.Add(_device, new PortWindow(0x40, 4, 1, 0x40));

        _map.Write(0x40, 4, 0x4433_2211);
        Assert.Equal(["w40.1=11", "w41.1=22", "w42.1=33", "w43.1=44"], _device.Log);
        _device.Log.Clear();
        Assert.Equal(0x4241u, _map.Read(0x41, 2));
        Assert.Equal(["r41.1", "r42.1"], _device.Log);
    }

    [Fact]
    public void An_access_that_leaves_the_device_is_split_and_the_rest_is_absent()
    {
        _map.Add(_device, new PortWindow(0x40, 4, 4, 0x40));

        Assert.Equal(0xFFFF_4342u, _map.Read(0x42, 4));
        Assert.Equal(["r42.1", "r43.1"], _device.Log);
    }

    [Fact]
    public void An_access_that_runs_into_a_device_reaches_it()
    {
        _map.Add(_device, new PortWindow(0x40, 4, 1, 0x40));

        _map.Write(0x3F, 2, 0xAA55);

        Assert.Equal(["w40.1=AA"], _device.Log);
    }

    [Fact]
    public void A_wide_device_takes_a_wide_access_whole()
    {
        _map.Add(_device, new PortWindow(0x608, 4, 4, 8));

        _map.Write(0x608, 4, 0xDEAD_BEEF);
        _map.Write(0x60A, 2, 0x1_0001);

        Assert.Equal(["w8.4=DEADBEEF", "wA.2=1"], _device.Log);
    }

    [Fact]
    public void What_a_device_answers_beyond_the_access_is_cut()
    {
        _map.Add(new OnesDevice(), new PortWindow(0x0, 4, 4));

        Assert.Equal(0xFFu, _map.Read(0, 1));
        Assert.Equal(0xFFFFu, _map.Read(0, 2));
        Assert.Equal(uint.MaxValue, _map.Read(0, 4));
    }

    [Fact]
    public void An_access_at_the_end_of_the_port_space_wraps_by_bytes()
    {
        _map.Add(_device, new PortWindow(0xFFFF, 1, 1, 1));
        _map.Add(_device, new PortWindow(0x0, 1, 1));

        _map.Write(0xFFFF, 2, 0x2211);

        Assert.Equal(["w1.1=11", "w0.1=22"], _device.Log);
    }

    [Theory]
    [InlineData(0x40, 4)]
    [InlineData(0x43, 1)]
    [InlineData(0x3E, 3)]
    [InlineData(0x3E, 0x100)]
    public void Overlapping_ranges_are_refused(int first, int count)
    {
        _map.Add(_device, new PortWindow(0x40, 4, 1, 0x40));

        InvalidOperationException broken = Assert.Throws<InvalidOperationException>(
            () => _map.Add(_device, new PortWindow((ushort)first, count, 1)));
        Assert.Contains("two devices", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xFFFF, 2)]
    [InlineData(0x10, 0)]
    [InlineData(0x10, -1)]
    public void Ranges_that_are_empty_or_run_past_the_end_are_refused(int first, int count)
        => Assert.Throws<InvalidOperationException>(() => _map.Add(_device, new PortWindow((ushort)first, count, 1)));

    [Fact]
    public void A_full_map_takes_no_more()
    {
        for (ushort i = 0; i < PortMap.MaximumWindows; i++)
        {
            _map.Add(_device, new PortWindow((ushort)(i * 0x100), 1, 1));
        }

        InvalidOperationException broken = Assert.Throws<InvalidOperationException>(
            () => _map.Add(_device, new PortWindow(0x80, 1, 1)));
        Assert.Contains("full", broken.Message, StringComparison.Ordinal);
    }

    private sealed class LoggingDevice : IPortDevice
    {
        public List<string> Log { get; } = [];

        public uint ReadPort(int offset, int size)
        {
            Log.Add($"r{offset:X}.{size}");
            return (byte)offset;
        }

        public void WritePort(int offset, int size, uint value) => Log.Add($"w{offset:X}.{size}={value:X}");
    }

    private sealed class OnesDevice : IPortDevice
    {
        public uint ReadPort(int offset, int size) => uint.MaxValue;

        public void WritePort(int offset, int size, uint value)
        {
        }
    }
}
