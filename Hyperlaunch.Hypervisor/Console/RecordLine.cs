using System;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// One line of keys and values under construction: the one place that writes records, whether an event, an answer or JSON. Text
/// from outside can neither end its value nor its line. Allocates nothing once made.
/// </summary>
internal sealed class RecordLine
{
    // Text beyond this is cut, and the cut shown: escaped, what is left still fits beside an answer's other values.
    private const int LongestText = 2048;

    private readonly LineBuffer _line;
    private RecordStyle _style;
    private bool _isEmpty;

    /// <summary>Makes an empty line that can hold <paramref name="capacity"/> bytes beside its end.</summary>
    public RecordLine(int capacity) => _line = new LineBuffer(capacity);

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Bytes => _line.Bytes;

    private bool IsJson => _style == RecordStyle.Json;

    /// <summary>Begins a line.</summary>
    public void Begin(RecordStyle style)
    {
        _line.Clear();
        _style = style;
        _isEmpty = true;
        if (IsJson)
        {
            _line.Add((byte)'{');
        }
    }

    /// <summary>Ends the line with CR and LF.</summary>
    public void End()
    {
        if (IsJson)
        {
            _line.Add((byte)'}');
        }

        _line.AddEnd();
    }

    /// <summary>Adds a key with a decimal number.</summary>
    public void Add(string key, ulong value)
    {
        Key(key);
        _line.Add(value);
    }

    /// <summary>Adds a key with a hexadecimal number; JSON, which has none, gets it as text.</summary>
    public void AddHex(string key, ulong value)
    {
        Key(key);
        Quote(IsJson);
        _line.AddHex(value);
        Quote(IsJson);
    }

    /// <summary>Adds a key with bytes in hexadecimal, two digits each.</summary>
    public void AddHex(string key, ReadOnlySpan<byte> value)
    {
        Key(key);
        Quote(IsJson);
        _line.AddHex(value);
        Quote(IsJson);
    }

    /// <summary>Adds a key with a truth: <c>yes</c> or <c>no</c>, in JSON <c>true</c> or <c>false</c>.</summary>
    public void Add(string key, bool value)
    {
        Key(key);
        _line.Add(IsJson ? (value ? "true" : "false") : (value ? "yes" : "no"));
    }

    /// <summary>Adds a key with text, in double quotes where it is not one word.</summary>
    public void Add(string key, string value) => AddText(key, value, IsJson || !IsWord(value));

    /// <summary>Adds a key with text that is always in double quotes.</summary>
    public void AddQuoted(string key, string value) => AddText(key, value, isQuoted: true);

    /// <summary>Adds a key with bytes of text, always in double quotes.</summary>
    public void AddQuoted(string key, ReadOnlySpan<byte> value)
    {
        Key(key);
        Quote(true);
        for (int i = 0; i < value.Length && i < LongestText; i++)
        {
            AddCharacter((char)value[i]);
        }

        Quote(true);
    }

    /// <summary>Begins a value that the caller writes by <see cref="Text(string)"/>. Not in JSON.</summary>
    public void Key(string key)
    {
        if (!_isEmpty)
        {
            _line.Add(IsJson ? (byte)',' : (byte)' ');
        }

        _isEmpty = false;
        Quote(IsJson);
        _line.Add(key);
        Quote(IsJson);
        _line.Add(IsJson ? (byte)':' : (byte)'=');
    }

    /// <summary>Adds text as it is: a line's first words, or a sentence.</summary>
    public void Text(string text)
    {
        _isEmpty = false;
        _line.Add(text);
    }

    /// <summary>Adds bytes of text as they are.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        _isEmpty = false;
        _line.Add(text);
    }

    /// <summary>Adds a decimal number to a sentence.</summary>
    public void Number(ulong value) => _line.Add(value);

    /// <summary>Adds a hexadecimal number to a sentence.</summary>
    public void Hex(ulong value) => _line.AddHex(value);

    private void AddText(string key, string value, bool isQuoted)
    {
        Key(key);
        Quote(isQuoted);
        int length = value.Length < LongestText ? value.Length : LongestText;
        for (int i = 0; i < length; i++)
        {
            AddCharacter(value[i]);
        }

        if (length < value.Length)
        {
            _line.Add((byte)'~');
        }

        Quote(isQuoted);
    }

    // What is not a word cannot stand without quotes. An event has no escapes, so that a backslash in it is a character like
    // another.
    private bool IsWord(string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == ' ' || value[i] == '"' || (value[i] == '\\' && _style != RecordStyle.Event))
            {
                return false;
            }
        }

        return value.Length != 0;
    }

    private void Quote(bool isQuoted)
    {
        if (isQuoted)
        {
            _line.Add((byte)'"');
        }
    }

    // Both forms of an answer escape alike, so that one reader serves for both; an event shows a quote as an apostrophe.
    private void AddCharacter(char c)
    {
        if (_style == RecordStyle.Event)
        {
            c = c == '"' ? '\'' : c;
        }
        else if (c == '"' || c == '\\')
        {
            _line.Add((byte)'\\');
        }

        _line.Add(c >= ' ' && c <= '~' ? (byte)c : (byte)'?');
    }
}
