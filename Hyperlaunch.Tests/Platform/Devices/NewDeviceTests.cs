using System;
using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Tests.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Power;
using Hyperlaunch.Tests.Platform.Serial;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Devices;

/// <summary>What a device is given by being added to a platform.</summary>
public sealed class NewDeviceTests
{
    private const int Line = 5;

    private readonly FakeClock _clock = new();
    private readonly VirtualPlatform _platform;
    private readonly AlarmDevice _device = new();

    public NewDeviceTests()
    {
        _platform = new VirtualPlatform(
            _clock, new RecordingSignals(), new RecordingPower(), new RecordingSink(), null, FakeTaskPriority.Several(1));
    }

    [Fact]
    public void It_answers_at_its_ports_by_offset()
    {
        _platform.Add(_device, [new PortWindow(0x200, 4, 1), new PortWindow(0x300, 4, 1, 8)]);

        Assert.Equal(0x02u, _platform.Ports.Read(0x202, 1));
        Assert.Equal(0x0Bu, _platform.Ports.Read(0x303, 1));
    }

    [Fact]
    public void It_answers_in_memory_by_offset()
    {
        _platform.Add(_device, 0xFED0_0000, 0x400);

        Assert.True(_platform.TryReadMemory(0, 0xFED0_0010, 4, out ulong value));
        Assert.Equal(0x10UL, value);
    }

    [Fact]
    public void Its_deadline_is_the_platforms_and_it_interrupts_on_its_line()
    {
        _platform.Add(_device, [new PortWindow(0x200, 4, 1)], Line);
        InitializePic();
        _platform.Ports.Write(0x200, 1, 50);

        Assert.Equal(50UL, _platform.DeviceDeadline);
        _platform.Advance(49);
        Assert.False(_platform.Pic.HasInterrupt);
        _platform.Advance(50);
        Assert.Equal(0x20 + Line, _platform.Pic.Acknowledge());
        Assert.Equal(ulong.MaxValue, _platform.DeviceDeadline);
    }

    [Fact]
    public void It_is_reset_with_the_platform_once_however_many_places_it_has()
    {
        _platform.Add(_device, [new PortWindow(0x200, 4, 1), new PortWindow(0x300, 4, 1)]);
        _platform.Add(_device, 0xFED0_0000, 0x400);

        _platform.Reset(1, 0, 0);

        Assert.Equal(1, _device.Resets);
    }

    [Fact]
    public void It_is_told_where_it_lies_when_it_describes_itself_to_the_guest()
    {
        Assert.True(_platform.Description.IsEmpty);
        _platform.Add(_device, [new PortWindow(0x200, 4, 1)], Line);
        _platform.Add(new AlarmDevice(), 0xFED0_0000, 0x400);

        Assert.Equal([0x00, 0x02, 0x04, Line, 0x00, 0x00, 0x00, 0xFF], _platform.Description.ToArray());
    }

    [Fact]
    public void A_place_that_is_taken_is_refused_by_name()
    {
        InvalidOperationException port = Assert.Throws<InvalidOperationException>(
            () => _platform.Add(_device, [new PortWindow(PlatformLayout.RtcPort, 1, 1)]));
        Assert.Contains("Port 112 belongs to two devices", port.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _platform.Add(_device, PlatformLayout.IoApicAddress + 8, 1));
    }

    [Fact]
    public void The_list_of_ports_has_all_that_a_domain_can_have()
    {
        VirtualPlatform full = new(
            _clock, new RecordingSignals(), new RecordingPower(), new RecordingSink(), new RecordingSink(),
            FakeTaskPriority.Several(1));
        bool[] isListed = new bool[0x1_0000];
        foreach (PortWindow window in PlatformPorts.All())
        {
            Array.Fill(isListed, true, window.First, window.Count);
        }

        full.Ports.Others = _device;
        for (int port = 0; port < isListed.Length; port++)
        {
            _device.LastOffset = -1;
            full.Ports.Read((ushort)port, 1);
            Assert.Equal(isListed[port], _device.LastOffset != port);
        }
    }

    private void InitializePic()
    {
        foreach (byte word in new byte[] { 0x20, 0x04, 0x01 })
        {
            if (word == 0x20)
            {
                _platform.Ports.Write(0x20, 1, 0x11);
            }

            _platform.Ports.Write(0x21, 1, word);
        }
    }

    /// <summary>Interrupts at the nanosecond that was written to it; reads its offsets.</summary>
    private sealed class AlarmDevice : TimedDevice, IPortDevice, IMemoryDevice
    {
        public int Resets { get; private set; }

        public int LastOffset { get; set; }

        public override int AmlSize => 4;

        public override void Reset() => Resets++;

        public override void Advance(ulong now)
        {
            if (now >= Deadline)
            {
                Deadline = ulong.MaxValue;
                SetLine(true);
            }
        }

        public override void WriteAml(Span<byte> aml, in DevicePlace place)
        {
            aml[0] = (byte)place.Start;
            aml[1] = (byte)(place.Start >> 8);
            aml[2] = (byte)place.Length;
            aml[3] = (byte)place.Line;
        }

        public uint ReadPort(int offset, int size) => (uint)(LastOffset = offset);

        public void WritePort(int offset, int size, uint value) => Deadline = value;

        public ulong ReadMemory(ulong offset, int size) => offset;

        public void WriteMemory(ulong offset, int size, ulong value)
        {
        }
    }
}
