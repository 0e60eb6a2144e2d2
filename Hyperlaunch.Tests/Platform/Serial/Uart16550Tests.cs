using System.Linq;
using Hyperlaunch.Platform.Serial;
using Hyperlaunch.Tests.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Serial;

public sealed class Uart16550Tests
{
    private const int Line = 4;

    private readonly FakeClock _clock = new() { Nanoseconds = 5_000_000 };
    private readonly RecordingLines _lines = new();
    private readonly RecordingSink _sink = new();
    private readonly Uart16550 _uart;

    public Uart16550Tests()
    {
        _uart = new Uart16550(_clock, _sink);
        _uart.Connect(_lines, Line);
    }

    [Theory]
    [InlineData(1, 0x00)]
    [InlineData(2, 0x01)]
    [InlineData(3, 0x00)]
    [InlineData(4, 0x00)]
    [InlineData(5, 0x60)]
    [InlineData(6, 0xB0)]
    [InlineData(7, 0x00)]
    public void Registers_after_master_reset(int register, int expected)
    {
        Write(7, 0x55);
        Write(4, 0x0B);
        Write(1, 0x0F);
        Write(2, 0xC7);
        Write(3, 0x1B);
        Assert.True(_uart.TryReceive(1));

        _uart.Reset();

        Assert.Equal(expected, Read(register));
        Assert.False(_lines.Level[Line]);
        Assert.Equal(1, _uart.ReceiveRoom);
    }

    [Fact]
    public void A_byte_written_is_sent_at_once()
    {
        Write(0, (byte)'h');
        Write(0, (byte)'i');

        Assert.Equal("hi"u8.ToArray(), _sink.Sent);
        Assert.Equal(0x60, Read(5));
    }

    [Fact]
    public void The_divisor_latch_hides_data_and_interrupt_enable()
    {
        Write(1, 0x05);
        Write(3, 0x83);
        Write(0, 0x0C);
        Write(1, 0x34);

        Assert.Equal(0x0C, Read(0));
        Assert.Equal(0x34, Read(1));
        Assert.Empty(_sink.Sent);
        Write(3, 0x03);
        Assert.Equal(0x05, Read(1));
        Assert.Equal(0x03, Read(3));
    }

    [Fact]
    public void Scratch_and_undefined_bits()
    {
        Write(7, 0xA5);
        Write(1, 0xFF);
        Write(4, 0xFF);

        Assert.Equal(0xA5, Read(7));
        Assert.Equal(0x0F, Read(1));
        Assert.Equal(0x1F, Read(4));
    }

    [Fact]
    public void Without_its_fifo_it_holds_one_byte()
    {
        Assert.True(_uart.TryReceive(0x41));
        Assert.False(_uart.TryReceive(0x42));

        Assert.Equal(0x61, Read(5));
        Assert.Equal(0x41, Read(0));
        Assert.Equal(0x60, Read(5));
        Assert.True(_uart.TryReceive(0x42));
    }

    [Fact]
    public void With_its_fifo_it_holds_sixteen_bytes_in_order_round_the_buffer()
    {
        Write(2, 0x01);
        for (int round = 0; round < 3; round++)
        {
            for (byte i = 0; i < 16; i++)
            {
                Assert.True(_uart.TryReceive((byte)(i + round)));
            }

            Assert.False(_uart.TryReceive(0xEE));
            Assert.Equal(0, _uart.ReceiveRoom);
            for (byte i = 0; i < 11; i++)
            {
                Assert.Equal(i + round, Read(0));
            }

            Assert.Equal(11, _uart.ReceiveRoom);
            for (byte i = 11; i < 16; i++)
            {
                Assert.Equal(i + round, Read(0));
            }
        }
    }

    [Fact]
    public void An_empty_receiver_repeats_its_last_byte()
    {
        Assert.True(_uart.TryReceive(0x41));

        Assert.Equal(0x41, Read(0));
        Assert.Equal(0x41, Read(0));
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xC1, 14)]
    public void Below_the_trigger_level_the_interrupt_is_a_timeout(int control, int trigger)
    {
        Write(2, (byte)control);
        Write(1, 0x01);
        for (int i = 1; i < trigger; i++)
        {
            Assert.True(_uart.TryReceive(0));
            Assert.Equal(0xCC, Read(2));
        }

        Assert.True(_uart.TryReceive(0));
        Assert.Equal(0xC4, Read(2));
        Read(0);
        Assert.Equal(trigger == 1 ? 0xC1 : 0xCC, Read(2));
    }

    [Theory]
    [InlineData(0x03)]
    [InlineData(0x00)]
    public void Clearing_or_switching_the_fifo_drops_what_it_holds(int control)
    {
        Write(2, 0x01);
        Assert.True(_uart.TryReceive(1));
        Assert.True(_uart.TryReceive(2));

        Write(2, (byte)control);

        Assert.Equal(0x60, Read(5));
    }

    [Fact]
    public void Fifo_bits_count_only_with_the_enable_bit()
    {
        Assert.True(_uart.TryReceive(7));

        Write(2, 0xC2);

        Assert.Equal(0x61, Read(5));
        Assert.Equal(0x01, Read(2));
    }

    [Theory]
    [InlineData(0x01, 0x03, 2)] // the FIFO is enabled, then emptied
    [InlineData(0x01, 0x01, 1)]
    [InlineData(0x01, 0x00, 2)]
    [InlineData(0x02, 0x02, 0)] // it cannot be emptied while it is disabled
    public void Emptying_the_receiver_tells_the_other_end(int first, int second, int expected)
    {
        Write(2, (byte)first);
        Write(2, (byte)second);

        Assert.Equal(expected, _sink.Emptied);
    }

    [Fact]
    public void What_was_sent_for_the_time_before_the_receiver_was_emptied_is_not_taken()
    {
        _sink.IsStale = true;
        Assert.False(_uart.TryReceive(7));
        _sink.IsStale = false;
        Assert.True(_uart.TryReceive(7));
        Assert.Equal(7, Read(0));
    }

    [Fact]
    public void Enabling_the_transmit_interrupt_raises_it_when_the_transmitter_is_empty()
    {
        Write(4, 0x08);
        Write(1, 0x02);

        Assert.True(_lines.Level[Line]);
        Assert.Equal(0x02, Read(2));
        Assert.False(_lines.Level[Line]);
        Assert.Equal(0x01, Read(2));

        Write(1, 0x02);
        Assert.Equal(0x01, Read(2));
        Write(1, 0x00);
        Write(1, 0x02);
        Assert.Equal(0x02, Read(2));
    }

    [Fact]
    public void A_burst_of_sixteen_costs_one_interrupt()
    {
        Write(2, 0x01);
        Write(4, 0x08);
        Write(1, 0x02);
        Assert.Equal(1, _lines.Rises[Line]);
        int served = 0;
        for (int burst = 0; burst < 4; burst++)
        {
            // The driver's handler: identify, check the line status, fill the FIFO.
            Assert.Equal(0xC2, Read(2));
            Assert.Equal(0x60, Read(5) & 0x60);
            served++;
            for (int i = 0; i < 16; i++)
            {
                Write(0, (byte)i);
            }

            Assert.True(_lines.Level[Line]);
        }

        Write(1, 0x00);
        Assert.False(_lines.Level[Line]);
        Assert.Equal(64, _sink.Sent.Count);
        Assert.Equal(4, served);
    }

    [Fact]
    public void A_driver_that_writes_without_identifying_gets_its_next_edge()
    {
        Write(4, 0x08);
        Write(1, 0x02);
        int rises = _lines.Rises[Line];

        Write(0, 1);

        Assert.Equal(rises + 1, _lines.Rises[Line]);
    }

    [Fact]
    public void Interrupts_are_identified_by_priority()
    {
        Write(4, 0x10);
        Write(1, 0x0F);
        Write(0, 1);
        Write(0, 2);
        Write(4, 0x11);
        Write(4, 0x10);

        Assert.Equal(0x06, Read(2));
        Assert.Equal(0x63, Read(5));
        Assert.Equal(0x04, Read(2));
        Assert.Equal(2, Read(0));
        Assert.Equal(0x02, Read(2));
        Assert.Equal(0x00, Read(2));
        Read(6);
        Assert.Equal(0x01, Read(2));
    }

    [Fact]
    public void Reading_the_identification_of_another_source_keeps_the_transmit_request()
    {
        Write(1, 0x03);
        Assert.True(_uart.TryReceive(1));

        Assert.Equal(0x04, Read(2));
        Read(0);
        Assert.Equal(0x02, Read(2));
    }

    [Fact]
    public void Only_out2_leads_the_interrupt_out()
    {
        Write(1, 0x01);
        Assert.True(_uart.TryReceive(1));
        Assert.False(_lines.Level[Line]);

        Write(4, 0x08);
        Assert.True(_lines.Level[Line]);
        Write(4, 0x07);
        Assert.False(_lines.Level[Line]);
        Write(4, 0x08);
        Write(4, 0x18);
        Assert.False(_lines.Level[Line]);
    }

    [Fact]
    public void The_receive_interrupt_falls_when_the_last_byte_is_read()
    {
        Write(2, 0x01);
        Write(4, 0x08);
        Write(1, 0x01);
        Assert.True(_uart.TryReceive(1));
        Assert.True(_uart.TryReceive(2));

        Read(0);
        Assert.True(_lines.Level[Line]);
        Read(0);
        Assert.False(_lines.Level[Line]);
        Assert.Equal(1, _lines.Rises[Line]);
    }

    [Theory]
    [InlineData(0x11, 0x20)]
    [InlineData(0x12, 0x10)]
    [InlineData(0x14, 0x40)]
    [InlineData(0x18, 0x80)]
    [InlineData(0x1F, 0xF0)]
    public void The_loop_leads_modem_outputs_to_modem_inputs(int control, int status)
    {
        Write(4, (byte)control);

        Assert.Equal(status, Read(6) & 0xF0);
    }

    [Fact]
    public void Modem_changes_are_noted_until_read_and_ring_only_when_it_ends()
    {
        Write(4, 0x10);
        Assert.Equal(0x0B, Read(6));
        Write(4, 0x14);
        Assert.Equal(0x40, Read(6));
        Write(4, 0x10);
        Assert.Equal(0x04, Read(6));
        Write(4, 0x13);
        Assert.Equal(0x33, Read(6));
        Assert.Equal(0x30, Read(6));
    }

    [Fact]
    public void The_loop_returns_what_is_sent_and_disconnects_the_line()
    {
        Write(4, 0x10);
        Write(2, 0x01);

        Assert.False(_uart.TryReceive(9));
        for (byte i = 0; i < 16; i++)
        {
            Write(0, i);
        }

        Assert.Equal(0x61, Read(5));
        Write(0, 99);
        Assert.Equal(0x63, Read(5));
        Assert.Equal(0x61, Read(5));
        Assert.Equal(Enumerable.Range(0, 16), Enumerable.Range(0, 16).Select(_ => (int)Read(0)));
        Assert.Empty(_sink.Sent);
    }

    [Fact]
    public void An_overrun_without_the_fifo_replaces_the_byte()
    {
        Write(4, 0x10);
        Write(0, 1);
        Write(0, 2);

        Assert.Equal(0x63, Read(5));
        Assert.Equal(2, Read(0));
    }

    [Fact]
    public void While_the_other_end_is_busy_the_transmitter_is_not_empty()
    {
        Write(4, 0x08);
        Write(1, 0x02);
        _sink.IsReady = false;
        Write(0, 1);

        Assert.Equal(0x00, Read(5));
        Assert.Equal(0x01, Read(2));
        Assert.False(_lines.Level[Line]);
        _uart.Advance(5_000_000);
        Assert.InRange(_uart.Deadline, 5_000_001UL, 10_000_000UL);
        Assert.False(_lines.Level[Line]);

        _sink.IsReady = true;
        _uart.Advance(_uart.Deadline);
        Assert.True(_lines.Level[Line]);
        Assert.Equal(0x60, Read(5));
        Assert.Equal(ulong.MaxValue, _uart.Deadline);
        Assert.Equal(0x02, Read(2));
    }

    [Fact]
    public void The_other_end_that_becomes_ready_unseen_is_still_asked_when_it_is_due()
    {
        Write(4, 0x08);
        Write(1, 0x02);
        _sink.IsReady = false;
        Write(0, 1);
        _uart.Advance(5_000_000);

        // On another CPU, after this one has looked: the processor that halts now must be woken again.
        _sink.IsReady = true;
        Assert.InRange(_uart.Deadline, 5_000_001UL, 10_000_000UL);
        _uart.Advance(_uart.Deadline);
        Assert.True(_lines.Level[Line]);
        Assert.Equal(ulong.MaxValue, _uart.Deadline);
    }

    [Fact]
    public void The_loop_does_not_wait_for_the_other_end()
    {
        _sink.IsReady = false;
        Write(4, 0x10);
        Write(0, 1);

        Assert.Equal(0x61, Read(5));
        Assert.Equal(ulong.MaxValue, _uart.Deadline);
    }

    private int Read(int register) => (int)_uart.ReadPort(register, 1);

    private void Write(int register, byte value) => _uart.WritePort(register, 1, value);
}
