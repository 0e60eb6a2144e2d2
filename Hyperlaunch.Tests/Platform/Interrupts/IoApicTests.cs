using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Interrupts;

public sealed class IoApicTests
{
    private const uint Masked = 1u << 16;
    private const uint Level = 1u << 15;
    private const uint RemoteIrr = 1u << 14;
    private const uint ActiveLow = 1u << 13;
    private const uint Logical = 1u << 11;

    private readonly RecordingSignals _signals = new();
    private readonly ApicBus _bus;
    private readonly IoApic _io;

    public IoApicTests()
    {
        _bus = new ApicBus(new FakeClock(), _signals, FakeTaskPriority.Several(2));
        _bus.Reset(2);
        _io = new IoApic(_bus);
        Enable(0);
        Enable(1);
    }

    [Fact]
    public void Identification_and_version()
    {
        Assert.Equal(0xFE00_0000u, ReadRegister(0x00));
        Assert.Equal(0x0017_0020u, ReadRegister(0x01));
        Assert.Equal(0xFE00_0000u, ReadRegister(0x02));
        WriteRegister(0x00, 0xFFFF_FFFF);
        WriteRegister(0x01, 0);
        WriteRegister(0x02, 0);
        Assert.Equal(0xFF00_0000u, ReadRegister(0x00));
        Assert.Equal(0x0017_0020u, ReadRegister(0x01));
        Assert.Equal(0x01u, (uint)_io.ReadMemory(0, 4));
    }

    [Fact]
    public void All_pins_are_masked_at_first()
    {
        for (byte pin = 0; pin < 24; pin++)
        {
            Assert.Equal(Masked, ReadRegister((byte)(0x10 + (2 * pin))));
            Assert.Equal(0u, ReadRegister((byte)(0x11 + (2 * pin))));
            _io.SetPin(pin, true);
        }

        Assert.Empty(_signals.Log);
    }

    [Theory]
    [InlineData(0x03)]
    [InlineData(0x0F)]
    [InlineData(0x40)]
    [InlineData(0xFF)]
    public void Registers_that_do_not_exist_read_zero(byte register)
    {
        WriteRegister(register, 0xFFFF_FFFF);

        Assert.Equal(0u, ReadRegister(register));
        Assert.Equal(0u, (uint)_io.ReadMemory(0x20, 4));
    }

    [Fact]
    public void Only_the_defined_bits_of_an_entry_can_be_written()
    {
        WriteRegister(0x10, 0xFFFF_FFFF);
        WriteRegister(0x11, 0xFFFF_FFFF);

        Assert.Equal(0x0001_AFFFu, ReadRegister(0x10));
        Assert.Equal(0xFF00_0000u, ReadRegister(0x11));
    }

    [Fact]
    public void An_edge_is_sent_once()
    {
        Program(4, 0x34, 1);
        _io.SetPin(4, true);
        _io.SetPin(4, true);

        Assert.Equal(0x34, Take(1));
        Assert.Equal(-1, Take(1));
        _io.SetPin(4, false);
        _io.SetPin(4, true);
        Assert.Equal(0x34, Take(1));
        Assert.Equal(-1, Take(0));
    }

    [Fact]
    public void An_edge_at_a_masked_pin_is_lost()
    {
        Program(4, 0x34 | Masked, 0);
        _io.SetPin(4, true);
        Program(4, 0x34, 0);

        Assert.Equal(-1, Take(0));
    }

    [Fact]
    public void A_level_waits_for_its_end_and_asks_again_while_it_lasts()
    {
        Program(9, 0x39 | Level, 0);
        _io.SetPin(9, true);
        Assert.Equal(0x39u | Level | RemoteIrr, ReadRegister(0x22));
        Assert.True(_bus[0].HasDeliverableInterrupt(out byte vector));
        _bus[0].Accept(vector);
        _io.SetPin(9, false);
        _io.SetPin(9, true);
        Assert.False(_bus[0].HasDeliverableInterrupt(out _));

        _bus[0].EndOfInterrupt();
        Assert.True(_bus[0].HasDeliverableInterrupt(out vector));
        Assert.Equal(0x39, vector);
        _bus[0].Accept(vector);
        _io.SetPin(9, false);
        _bus[0].EndOfInterrupt();
        Assert.False(_bus[0].HasDeliverableInterrupt(out _));
        Assert.Equal(0x39u | Level, ReadRegister(0x22));
    }

    [Fact]
    public void A_level_at_a_masked_pin_waits()
    {
        Program(9, 0x39 | Level | Masked, 0);
        _io.SetPin(9, true);
        Assert.Equal(-1, Take(0));
        Program(9, 0x39 | Level, 0);
        Assert.Equal(0x39, Take(0));
    }

    [Fact]
    public void The_end_register_ends_a_level_by_its_vector()
    {
        Program(9, 0x39 | Level, 0);
        _io.SetPin(9, true);
        _io.SetPin(9, false);
        _io.WriteMemory(0x40, 4, 0x38);
        Assert.Equal(0x39u | Level | RemoteIrr, ReadRegister(0x22));
        _io.WriteMemory(0x40, 4, 0x39);
        Assert.Equal(0x39u | Level, ReadRegister(0x22));
    }

    [Fact]
    public void An_end_serves_all_pins_with_its_vector()
    {
        Program(9, 0x39 | Level, 0);
        Program(10, 0x39 | Level, 0);
        _io.SetPin(9, true);
        _io.SetPin(10, true);
        Assert.Equal(0x39, Take(0));

        Assert.Equal(0x39u | Level | RemoteIrr, ReadRegister(0x22));
        Assert.Equal(0x39u | Level | RemoteIrr, ReadRegister(0x24));
    }

    [Fact]
    public void Software_cannot_write_the_remote_irr_and_edge_mode_clears_it()
    {
        Program(9, 0x39 | Level | RemoteIrr, 0);
        Assert.Equal(0x39u | Level, ReadRegister(0x22));
        _io.SetPin(9, true);
        Program(9, 0x39 | Level | Masked, 0);
        Assert.Equal(0x39u | Level | RemoteIrr | Masked, ReadRegister(0x22));
        Program(9, 0x39 | Masked, 0);
        Assert.Equal(0x39u | Masked, ReadRegister(0x22));
    }

    [Fact]
    public void An_active_low_pin_asks_when_it_is_low()
    {
        _io.SetPin(16, true);
        Program(16, 0x50 | Level | ActiveLow, 0);
        Assert.Equal(-1, Take(0));
        _io.SetPin(16, false);
        _io.SetPin(16, true);
        Assert.Equal(0x50, Take(0));
        Assert.Equal(-1, Take(0));

        _io.SetPin(17, true);
        Program(17, 0x51 | ActiveLow, 0);
        _io.SetPin(17, false);
        Assert.Equal(0x51, Take(0));
        _io.SetPin(17, true);
        Assert.Equal(-1, Take(0));
    }

    [Fact]
    public void Logical_destinations_and_other_delivery_modes()
    {
        _bus[0].WriteMemory(0xD0, 4, 0x0100_0000);
        _bus[1].WriteMemory(0xD0, 4, 0x0200_0000);
        Program(5, 0x45 | Logical, 0x03);
        Edge(5);
        Assert.Equal(0x45, Take(0));
        Assert.Equal(0x45, Take(1));

        Program(5, 0x46 | Logical | 0x100, 0x03);
        Edge(5);
        Assert.True((Take(0) == 0x46) ^ (Take(1) == 0x46));

        _signals.Log.Clear();
        Program(5, 0x400, 1);
        Edge(5);
        Program(5, 0x500, 1);
        Edge(5);
        Program(5, 0x200, 1);
        Edge(5);
        Assert.Equal(["nmi 1", "init 1"], _signals.Log);
    }

    [Fact]
    public void An_nmi_by_level_leaves_the_pin_free()
    {
        Program(5, 0x400 | Level, 1);
        _io.SetPin(5, true);

        Assert.Equal(0x400u | Level, ReadRegister(0x1A));
    }

    [Fact]
    public void A_level_that_nobody_takes_leaves_no_remote_irr()
    {
        Program(9, 0x39 | Level, 7);
        _io.SetPin(9, true);

        Assert.Equal(0x39u | Level, ReadRegister(0x22));
        Program(9, 0x39 | Level, 0);
        Assert.Equal(0x39, Take(0));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(24)]
    [InlineData(int.MaxValue)]
    public void Pins_that_do_not_exist_are_ignored(int pin)
    {
        Program(0, 0x30, 0);
        _io.SetPin(pin, true);

        Assert.Equal(-1, Take(0));
    }

    [Fact]
    public void Reset_masks_everything()
    {
        Program(9, 0x39 | Level, 0);
        _io.SetPin(9, true);
        _io.Reset();

        Assert.Equal(Masked, ReadRegister(0x22));
        Assert.Equal(0xFE00_0000u, ReadRegister(0x00));
    }

    private void Enable(int processor) => _bus[processor].WriteMemory(0xF0, 4, 0x1FF);

    private void Edge(int pin)
    {
        _io.SetPin(pin, false);
        _io.SetPin(pin, true);
    }

    /// <summary>Takes an interrupt from its request to its end; -1 when there is none.</summary>
    private int Take(int processor)
    {
        if (!_bus[processor].HasDeliverableInterrupt(out byte vector))
        {
            return -1;
        }

        _bus[processor].Accept(vector);
        _bus[processor].EndOfInterrupt();
        return vector;
    }

    private void Program(int pin, uint low, uint destination)
    {
        WriteRegister((byte)(0x11 + (2 * pin)), destination << 24);
        WriteRegister((byte)(0x10 + (2 * pin)), low);
    }

    private uint ReadRegister(byte register)
    {
        _io.WriteMemory(0x00, 4, register);
        return (uint)_io.ReadMemory(0x10, 4);
    }

    private void WriteRegister(byte register, uint value)
    {
        _io.WriteMemory(0x00, 4, register);
        _io.WriteMemory(0x10, 4, value);
    }
}
