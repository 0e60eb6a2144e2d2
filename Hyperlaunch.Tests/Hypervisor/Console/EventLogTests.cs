using System;
using System.Text;
using Hyperlaunch.Hypervisor.Console;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Console;

public sealed class EventLogTests : IEventSink
{
    private readonly FakeClock _clock = new();
    private readonly EventLog _log;
    private string _written = "";

    public EventLogTests() => _log = new EventLog(_clock, this);

    void IEventSink.WriteLine(ReadOnlySpan<byte> line) => _written += Encoding.Latin1.GetString(line);

    [Fact]
    public void An_event_carries_the_time_in_milliseconds_and_its_keys_in_order()
    {
        _clock.Nanoseconds = 9_000_149_999;
        RecordLine line = _log.Begin("domain-stopped");
        line.Add("domid", 0);
        line.Add("name", "dom0");
        line.AddHex("rip", 0xFFFF_FFFF_8100_0000);
        _log.End();
        Assert.Equal("(HV) @9000.1 domain-stopped domid=0 name=dom0 rip=0xffffffff81000000\r\n", _written);
    }

    [Theory]
    [InlineData("word", "key=word")]
    [InlineData("two words", "key=\"two words\"")]
    [InlineData("", "key=\"\"")]
    [InlineData("a\"b c", "key=\"a'b c\"")]
    [InlineData("a\r\n(HV) b", "key=\"a??(HV) b\"")]
    public void A_value_cannot_end_its_line_or_forge_another_key(string value, string shown)
    {
        RecordLine line = _log.Begin("e");
        line.Add("key", value);
        _log.End();
        Assert.Equal("(HV) @0.0 e " + shown + "\r\n", _written);
    }

    [Theory]
    [InlineData(0ul, "0 0x0")]
    [InlineData(10ul, "10 0xa")]
    [InlineData(ulong.MaxValue, "18446744073709551615 0xffffffffffffffff")]
    public void Numbers_are_whole_and_unpadded(ulong value, string shown)
    {
        RecordLine line = _log.BeginSentence();
        line.Number(value);
        line.Text(" ");
        line.Hex(value);
        _log.End();
        Assert.Equal("(HV) " + shown + "\r\n", _written);
    }

    [Fact]
    public void A_line_too_long_is_cut_visibly_and_still_ends()
    {
        _log.Say(new string('x', 5000));
        Assert.EndsWith("xx~\r\n", _written, StringComparison.Ordinal);
        Assert.Equal(1026, _written.Length);
    }

    [Fact]
    public void Writing_lines_allocates_nothing()
    {
        EventLog log = new(_clock, new Nowhere());
        Write(log);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Write(log);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Write(EventLog log)
        {
            RecordLine line = log.Begin("domain-stopped");
            line.Add("domid", 12);
            line.Add("reason", "triple fault");
            line.AddHex("rip", ulong.MaxValue);
            log.End();
        }
    }

    private sealed class Nowhere : IEventSink
    {
        public void WriteLine(ReadOnlySpan<byte> line)
        {
        }
    }
}
