using System;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Hypervisor.Console;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Console;

public sealed class ConsoleMultiplexerTests
{
    private const ulong Long = 10_000_000_000;

    private readonly FakeClock _clock = new();
    private readonly FakeConsoleDevice _device;
    private readonly ConsoleMultiplexer _console;
    private readonly DomainConsole _first = new("(d0) ");
    private readonly DomainConsole _second = new("(d1) ");

    public ConsoleMultiplexerTests()
    {
        _device = new FakeConsoleDevice(_clock);
        _console = new ConsoleMultiplexer(_device, _clock, 4);
        _console.AttachOutput(_first);
        _console.AttachOutput(_second);
    }

    [Fact]
    public void Prefixes_each_whole_line_and_ends_it_with_CR_LF()
    {
        Put(_first, "one\r\ntwo\n");
        _console.Pump(0);
        Assert.Equal("(d0) one\r\n(d0) two\r\n", _device.Output);
    }

    [Fact]
    public void Holds_an_unfinished_line_until_it_has_waited()
    {
        Put(_first, "login: ");
        ulong due = _console.Pump(5);
        Assert.Equal("", _device.Output);
        Assert.Equal(5 + DomainConsole.UnfinishedDelay, due);
        _console.Pump(due);
        Assert.Equal("(d0) login: ", _device.Output);
    }

    [Fact]
    public void Shows_the_prompt_of_a_domain_at_rest_sooner()
    {
        _first.IsAtRest = true;
        Put(_first, "login: ");
        ulong due = _console.Pump(5);
        Assert.Equal(5 + DomainConsole.PromptDelay, due);
        _console.Pump(due);
        Assert.Equal("(d0) login: ", _device.Output);
    }

    [Fact]
    public void Shows_the_unfinished_last_words_of_a_domain_that_has_ended_at_once()
    {
        _first.IsOver = true;
        Put(_first, "login: ");
        ulong due = _console.Pump(5);
        Assert.Equal(5ul, due);
        _console.Pump(due);
        Assert.Equal("(d0) login: ", _device.Output);
    }

    [Fact]
    public void Shows_what_is_left_at_the_end()
    {
        Put(_first, "bye");
        Put(_second, "and so do I\nlast");
        _console.Finish();
        Assert.Equal("(d0) bye\r\n(d1) and so do I\r\n(d1) last", _device.Output);
    }

    [Fact]
    public void Continues_an_unfinished_line_in_place_and_at_once()
    {
        Put(_first, "# ");
        _console.Pump(0);
        _console.Pump(Long);
        Put(_first, "ls\n");
        _console.Pump(Long);
        Assert.Equal("(d0) # ls\r\n", _device.Output);
    }

    [Fact]
    public void Another_writer_begins_a_line_of_its_own_and_the_first_one_gets_its_prefix_again()
    {
        Put(_first, "# ");
        _console.Pump(0);
        _console.Pump(Long);
        Put(_second, "hello\n");
        _console.Pump(Long);
        _console.WriteLine("(HV) note\r\n"u8);
        Put(_first, "ls\n");
        _console.Pump(Long);
        Assert.Equal("(d0) # \r\n(d1) hello\r\n(HV) note\r\n(d0) ls\r\n", _device.Output);
    }

    [Theory]
    [InlineData("\x1b[2J\x1b[H(HV) forged\n", "(d0) (HV) forged\r\n")]
    [InlineData("abc\r(HV) forged\n", "(d0) abc(HV) forged\r\n")]
    [InlineData("\b\b\b\b\bx\n", "(d0) x\r\n")]
    [InlineData("ab\b\b\bc\n", "(d0) ab\b\bc\r\n")]
    [InlineData("\x07\x0e\x9b\x7f.\n", "(d0) .\r\n")]
    [InlineData("\n", "(d0) \r\n")]
    public void A_domain_cannot_leave_its_own_line(string written, string shown)
    {
        Put(_first, written);
        _console.Pump(0);
        Assert.Equal(shown, _device.Output);
    }

    [Fact]
    public void A_raw_console_passes_every_byte_unchanged()
    {
        _first.IsRaw = true;
        Put(_first, "\x1b[6n\r# ");
        _console.Pump(0);
        Assert.Equal("\x1b[6n\r# ", _device.Output);
    }

    [Fact]
    public void A_flood_shows_in_pieces_between_which_others_are_served()
    {
        Put(_first, new string('x', 1024));
        Put(_second, "here\n");
        _console.Pump(0);
        int served = _device.Output.IndexOf("(d1) here\r\n", StringComparison.Ordinal);
        Assert.InRange(served, 0, (int)DomainConsole.LongestPiece + 16);
    }

    [Fact]
    public void A_full_device_leaves_the_domains_waiting_and_loses_nothing()
    {
        _device.Room = 100;
        Put(_first, "kept\n");
        Assert.Equal(1_000_000ul, _console.Pump(0));
        Assert.Equal("", _device.Output);
        _device.Room = 65536;
        _console.Pump(0);
        Assert.Equal("(d0) kept\r\n", _device.Output);
    }

    [Fact]
    public void A_flood_on_a_device_that_takes_everything_ends_the_turn_by_bytes()
    {
        _device.Room = int.MaxValue;
        Put(_first, new string('x', 4000));
        _device.OnWrite = () => Refill(_first);

        ulong due = _console.Pump(0);

        Assert.InRange(_device.Output.Length, 4096, 4096 + 1024);
        Assert.Equal(1_000_000ul, due);
        _clock.Nanoseconds = due - 1;
        int before = _device.Output.Length;
        _console.Pump(_clock.Nanoseconds);
        Assert.Equal(before, _device.Output.Length);
        _clock.Nanoseconds = due;
        _console.Pump(due);
        Assert.True(_device.Output.Length > before);
    }

    [Fact]
    public void A_flood_on_a_slow_screen_ends_the_turn_by_time_and_leaves_three_quarters_of_it_to_others()
    {
        _device.Room = int.MaxValue;
        _device.TimePerByte = 10_000;
        Put(_first, new string('x', 4000));
        _device.OnWrite = () => Refill(_first);

        ulong due = _console.Pump(0);

        Assert.InRange(_clock.Nanoseconds, 1_000_000ul, 1_000_000ul + (300 * _device.TimePerByte));
        Assert.Equal(4 * _clock.Nanoseconds, due);
    }

    [Fact]
    public void A_flood_of_line_ends_in_a_raw_stream_scrolls_once_between_two_looks_at_the_clock()
    {
        _first.IsRaw = true;
        _device.OnWrite = () => _clock.Nanoseconds += 2_000_000;
        Put(_first, "a\nb\nc\n");

        _console.Pump(0);

        Assert.Equal("a\n", _device.Output);
    }

    [Fact]
    public void A_stuck_transmitter_is_given_up_after_ten_milliseconds_and_costs_nothing_more()
    {
        _device.IsStuck = true;

        _console.WriteLine("(HV) lost\r\n"u8);

        Assert.True(_device.IsGivenUp);
        Assert.InRange(_clock.Nanoseconds, 10_000_000ul, 11_000_000ul);
        ulong then = _clock.Nanoseconds;
        _console.WriteLine("(HV) lost too\r\n"u8);
        Put(_first, "and this\n");
        _console.Pump(then);
        Assert.Equal(then, _clock.Nanoseconds);
        Assert.False(_first.HasOutput);
    }

    [Fact]
    public void A_full_queue_is_given_up_when_it_has_not_moved_for_a_second()
    {
        const ulong second = 1_000_000_000;
        Put(_first, "held back\n");
        _device.Room = 100;
        _console.Pump(second);
        _device.Room = 90;
        _console.Pump(2 * second);
        _console.Pump((3 * second) - 1);
        Assert.False(_device.IsGivenUp);

        _console.Pump(3 * second);

        Assert.True(_device.IsGivenUp);
    }

    [Fact]
    public void A_transmitter_that_moves_however_slowly_is_not_given_up()
    {
        int calls = 0;
        SlowLine line = new(_clock, () => ++calls % 9_000 == 0 ? 1 : 0);
        ConsoleMultiplexer console = new(line, _clock, 1);

        console.WriteLine("slow\r\n"u8);

        Assert.False(line.IsGivenUp);
        Assert.Equal(6, line.Taken);
    }

    [Fact]
    public void A_flood_does_not_put_off_the_machines_end()
    {
        Put(_first, new string('x', 4000));
        _device.OnWrite = () => Refill(_first);

        _console.Finish();

        Assert.InRange(_device.Output.Length, 4000, 4000 + 16);
    }

    [Fact]
    public void A_port_that_says_there_is_input_for_ever_does_not_keep_the_cpu()
    {
        _device.TypesForEver = true;
        int received = 0;
        _console.AttachInput(new Receiver("r") { Room = int.MaxValue, OnByte = () => received++ });

        _console.Pump(0);

        Assert.Equal(64, received);
    }

    [Fact]
    public void A_domain_is_told_when_its_own_queue_is_full()
    {
        int taken = 0;
        while (_first.TryPut((byte)'x'))
        {
            taken++;
        }

        Assert.Equal(4096, taken);
        Assert.True(_second.TryPut((byte)'y'));
    }

    [Fact]
    public void Input_goes_to_the_first_receiver_until_Ctrl_A_is_pressed_three_times()
    {
        Receiver a = new("a"), b = new("b");
        _console.AttachInput(a);
        _console.AttachInput(b);
        _device.Type("x\u0001\u0001\u0001y");
        _console.Pump(0);
        Assert.Equal("x", a.Text);
        Assert.Equal("y", b.Text);
        Assert.Contains("(HV) input goes to b\r\n", _device.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_A_pressed_once_or_twice_is_the_receivers()
    {
        Receiver a = new("a"), b = new("b");
        _console.AttachInput(a);
        _console.AttachInput(b);
        _device.Type("\u0001\u0001x\u0001y");
        _console.Pump(0);
        Assert.Equal("\u0001\u0001x\u0001y", a.Text);
        Assert.Equal("", b.Text);
    }

    [Fact]
    public void A_byte_that_the_receiver_has_no_room_for_is_offered_again_in_order()
    {
        Receiver a = new("a") { Room = 1 };
        _console.AttachInput(a);
        _device.Type("xyz");
        _console.Pump(0);
        Assert.Equal("x", a.Text);
        a.Room = 10;
        _console.Pump(1_000_000);
        Assert.Equal("xyz", a.Text);
    }

    [Fact]
    public void Refuses_more_outputs_and_inputs_than_it_was_made_for()
    {
        _console.AttachOutput(new DomainConsole(""));
        _console.AttachOutput(new DomainConsole(""));
        Assert.Throws<InvalidOperationException>(() => _console.AttachOutput(new DomainConsole("")));
        for (int i = 0; i < 5; i++)
        {
            _console.AttachInput(new Receiver("r"));
        }

        Assert.Throws<InvalidOperationException>(() => _console.AttachInput(new Receiver("r")));
    }

    private static void Put(DomainConsole console, string text)
    {
        foreach (byte value in Encoding.Latin1.GetBytes(text))
        {
            Assert.True(console.TryPut(value));
        }
    }

    private static void Refill(DomainConsole console)
    {
        while (console.TryPut((byte)'x'))
        {
        }
    }

    // Takes as many bytes as it is told to, each attempt a microsecond.
    private sealed class SlowLine(FakeClock clock, Func<int> takes) : IConsoleDevice
    {
        public int Taken { get; private set; }

        public bool IsGivenUp { get; private set; }

        public int Room => 0;

        public int Write(ReadOnlySpan<byte> bytes)
        {
            clock.Nanoseconds += 1_000;
            int taken = takes();
            Taken += taken;
            return taken;
        }

        public bool Drain() => true;

        public void GiveUp() => IsGivenUp = true;

        public bool TryRead(out byte value)
        {
            value = 0;
            return false;
        }
    }

    private sealed class Receiver(string name) : IConsoleInput
    {
        private readonly List<char> _text = [];

        public int Room { get; set; } = 100;

        public Action? OnByte { get; init; }

        public string InputName => name;

        public string Text => new(_text.ToArray());

        public bool TryReceive(byte value)
        {
            if (_text.Count >= Room)
            {
                return false;
            }

            _text.Add((char)value);
            OnByte?.Invoke();
            return true;
        }
    }
}
