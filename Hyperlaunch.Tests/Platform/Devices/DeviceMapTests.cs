using System;
using Hyperlaunch.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Devices;

public sealed class DeviceMapTests
{
    private readonly DeviceMap _map = new();
    private readonly EchoDevice _device = new();

    [Fact]
    public void A_device_sees_offsets_from_its_start()
    {
        _map.Add(_device, 0xFEC0_0000, 0x1000);

        Assert.True(_map.TryWrite(0xFEC0_0010, 4, 0xAB));
        Assert.True(_map.TryRead(0xFEC0_0FF8, 8, out ulong value));

        Assert.Equal((0x10UL, 4, 0xABUL), _device.Written);
        Assert.Equal(0xFF8UL, value);
    }

    [Theory]
    [InlineData(0xFEBF_FFFF, 1)]
    [InlineData(0xFEBF_FFFF, 2)]
    [InlineData(0xFEC0_0FFD, 4)]
    [InlineData(0xFEC0_1000, 1)]
    [InlineData(0x0, 8)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFF, 8)]
    public void What_is_not_wholly_a_devices_is_nobodys(ulong address, int size)
    {
        _map.Add(_device, 0xFEC0_0000, 0x1000);

        Assert.False(_map.TryRead(address, size, out ulong value));
        Assert.Equal(ulong.MaxValue, value);
        Assert.False(_map.TryWrite(address, size, 1));
        Assert.Equal(default, _device.Written);
    }

    [Fact]
    public void A_device_may_end_at_the_end_of_the_address_space()
    {
        _map.Add(_device, ulong.MaxValue - 0xFFF, 0x1000);

        Assert.True(_map.TryRead(ulong.MaxValue - 7, 8, out ulong value));
        Assert.Equal(0xFF8UL, value);
        Assert.Throws<InvalidOperationException>(() => _map.Add(_device, ulong.MaxValue - 0x10, 1));
    }

    [Theory]
    [InlineData(0x1000, 0)]
    [InlineData(0xFFFF_FFFF_FFFF_F000, 0x1001)]
    [InlineData(0x2FFF, 1)]
    [InlineData(0x1FFF, 2)]
    [InlineData(0x0, 0x10000)]
    public void Ranges_that_are_empty_wrap_or_overlap_are_refused(ulong address, ulong length)
    {
        _map.Add(_device, 0x2000, 0x1000);

        Assert.Throws<InvalidOperationException>(() => _map.Add(_device, address, length));
    }

    [Fact]
    public void Neighbours_each_have_their_own_offsets()
    {
        EchoDevice neighbour = new();
        _map.Add(_device, 0x1000, 0x1000);
        _map.Add(neighbour, 0x2000, 0x1000);

        Assert.True(_map.TryWrite(0x2008, 4, 1));
        Assert.Equal((8UL, 4, 1UL), neighbour.Written);
        Assert.Equal(default, _device.Written);
    }

    private sealed class EchoDevice : IMemoryDevice
    {
        public (ulong Offset, int Size, ulong Value) Written { get; private set; }

        public ulong ReadMemory(ulong offset, int size) => offset;

        public void WriteMemory(ulong offset, int size, ulong value) => Written = (offset, size, value);
    }
}
