using System;

namespace Hyperlaunch.Domains.Console;

/// <summary>
/// The hypervisor's own lines on the console: <c>(HV) @&lt;milliseconds&gt; &lt;event&gt; key=value ...</c>, and plain sentences
/// <c>(HV) ...</c>. A line is begun, filled and ended by one CPU at a time; nothing is allocated.
/// </summary>
public sealed class EventLog
{
    private const int LineCapacity = 1024;

    private readonly IClock _clock;
    private readonly IEventSink _sink;
    private readonly LineBuffer _line = new(LineCapacity);
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
        BeginSentence();
        Text(sentence);
        End();
    }

    /// <summary>Begins a plain sentence, to be filled by <see cref="Text(string)"/> and the like.</summary>
    public void BeginSentence()
    {
        _gate.Enter();
        _line.Clear();
        _line.Add("(HV) ");
    }

    /// <summary>Begins an event with the time, in milliseconds with one decimal.</summary>
    public void Begin(string name)
    {
        ulong tenths = _clock.Nanoseconds / 100_000;
        BeginSentence();
        _line.Add((byte)'@');
        _line.Add(tenths / 10);
        _line.Add((byte)'.');
        _line.Add(tenths % 10);
        _line.Add((byte)' ');
        _line.Add(name);
    }

    /// <summary>Adds text to a sentence.</summary>
    public void Text(string text) => _line.Add(text);

    /// <summary>Adds a decimal number to a sentence.</summary>
    public void Number(ulong value) => _line.Add(value);

    /// <summary>Adds a hexadecimal number to a sentence.</summary>
    public void Hex(ulong value) => _line.AddHex(value);

    /// <summary>Adds a key with a decimal number.</summary>
    public void Add(string key, ulong value)
    {
        Key(key);
        _line.Add(value);
    }

    /// <summary>Adds a key with a hexadecimal number.</summary>
    public void AddHex(string key, ulong value)
    {
        Key(key);
        _line.AddHex(value);
    }

    /// <summary>Adds a key with bytes in hexadecimal.</summary>
    public void AddHex(string key, ReadOnlySpan<byte> value)
    {
        Key(key);
        _line.AddHex(value);
    }

    /// <summary>Adds a key with a word, or with text in double quotes when it holds a space or is empty.</summary>
    public void Add(string key, string value)
    {
        Key(key);
        if (IsWord(value))
        {
            _line.Add(value);
        }
        else
        {
            Quote(value);
        }
    }

    /// <summary>Adds a key with text that is always in double quotes.</summary>
    public void AddQuoted(string key, string value)
    {
        Key(key);
        Quote(value);
    }

    /// <summary>Begins a value that the caller writes by <see cref="Text(string)"/>.</summary>
    public void Key(string key)
    {
        _line.Add((byte)' ');
        _line.Add(key);
        _line.Add((byte)'=');
    }

    /// <summary>Ends the line and sends it.</summary>
    public void End()
    {
        _line.AddEnd();
        _sink.WriteLine(_line.Bytes);
        _gate.Exit();
    }

    private static bool IsWord(string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == ' ' || value[i] == '"')
            {
                return false;
            }
        }

        return value.Length != 0;
    }

    // A quote inside the value is shown as an apostrophe, so that a value ends where it seems to.
    private void Quote(string value)
    {
        _line.Add((byte)'"');
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            _line.Add(c == '"' ? (byte)'\'' : c >= ' ' && c <= '~' ? (byte)c : (byte)'?');
        }

        _line.Add((byte)'"');
    }
}
