using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// The hypervisor's own lines on the console: <c>(HV) @&lt;milliseconds&gt; &lt;event&gt; key=value ...</c>, and plain sentences
/// <c>(HV) ...</c>. A line is begun, filled and ended by one CPU at a time; nothing is allocated.
/// </summary>
public sealed class EventLog
{
    private const int LineCapacity = 1024;

    private readonly IClock _clock;
    private readonly IEventSink _sink;
    private readonly RecordLine _line = new(LineCapacity);
    private readonly SpinGate _gate = new();

    /// <summary>Makes a log whose finished lines go to <paramref name="sink"/>.</summary>
    public EventLog(IClock clock, IEventSink sink)
    {
        _clock = clock;
        _sink = sink;
    }

    /// <summary>Writes a plain sentence.</summary>
    public void Say(string sentence)
    {
        BeginSentence().Text(sentence);
        End();
    }

    /// <summary>Begins a plain sentence.</summary>
    /// <returns>The line to be filled before <see cref="End"/>.</returns>
    internal RecordLine BeginSentence()
    {
        _gate.Enter();
        _line.Begin(RecordStyle.Event);
        _line.Text("(HV) ");
        return _line;
    }

    /// <summary>Begins an event with the time, in milliseconds with one decimal.</summary>
    /// <returns>The line to be filled before <see cref="End"/>.</returns>
    internal RecordLine Begin(string name)
    {
        ulong tenths = _clock.Nanoseconds / 100_000;
        RecordLine line = BeginSentence();
        line.Text("@");
        line.Number(tenths / 10);
        line.Text(".");
        line.Number(tenths % 10);
        line.Text(" ");
        line.Text(name);
        return line;
    }

    /// <summary>Ends the line and sends it.</summary>
    internal void End()
    {
        _line.End();
        _sink.WriteLine(_line.Bytes);
        _gate.Exit();
    }
}
