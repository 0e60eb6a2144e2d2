using System;
using Hyperlaunch.Domains.Console;

namespace Hyperlaunch.Domains.Control;

/// <summary>
/// One line of an answer under construction: <c>key=value key="two words"</c>, or the same as a JSON object (RFC 8259). Allocates
/// nothing once made.
/// </summary>
internal sealed class ControlLine
{
    /// <summary>The most bytes that a line has, with its end.</summary>
    public const int Capacity = 8192;

    // Text beyond this is cut, and the cut shown: escaped, what is left still fits beside the line's other values.
    private const int LongestText = 2048;

    private readonly LineBuffer _line = new(Capacity - 2);
    private bool _isJson;
    private bool _isEmpty;

    /// <summary>Begins a record.</summary>
    public void Begin(bool isJson)
    {
        _line.Clear();
        _isJson = isJson;
        _isEmpty = true;
        if (isJson)
        {
            _line.Add((byte)'{');
        }
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
        Quote(_isJson);
        _line.AddHex(value);
        Quote(_isJson);
    }

    /// <summary>Adds a key with a truth: <c>yes</c> or <c>no</c>, in JSON <c>true</c> or <c>false</c>.</summary>
    public void Add(string key, bool value)
    {
        Key(key);
        _line.Add(_isJson ? (value ? "true" : "false") : (value ? "yes" : "no"));
    }

    /// <summary>Adds a key with text, in double quotes where it is not one word.</summary>
    public void Add(string key, string value)
    {
        Key(key);
        bool isQuoted = _isJson || !IsWord(value);
        Quote(isQuoted);
        AddText(value);
        Quote(isQuoted);
    }

    /// <summary>Adds a key with bytes of text.</summary>
    public void Add(string key, ReadOnlySpan<byte> value)
    {
        Key(key);
        Quote(true);
        for (int i = 0; i < value.Length && i < LongestText; i++)
        {
            AddCharacter((char)value[i]);
        }

        Quote(true);
    }

    /// <summary>Adds plain text to a line that is no record.</summary>
    public void Text(string text) => _line.Add(text);

    /// <summary>Adds plain bytes to a line that is no record.</summary>
    public void Text(ReadOnlySpan<byte> text) => _line.Add(text);

    /// <summary>Ends the record and gives it to <paramref name="output"/>.</summary>
    public void End(IControlOutput output)
    {
        if (_isJson)
        {
            _line.Add((byte)'}');
        }

        _line.AddEnd();
        output.Write(_line.Bytes);
    }

    private static bool IsWord(string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == ' ' || value[i] == '"' || value[i] == '\\')
            {
                return false;
            }
        }

        return value.Length != 0;
    }

    private void Key(string key)
    {
        if (!_isEmpty)
        {
            _line.Add(_isJson ? (byte)',' : (byte)' ');
        }

        _isEmpty = false;
        Quote(_isJson);
        _line.Add(key);
        Quote(_isJson);
        _line.Add(_isJson ? (byte)':' : (byte)'=');
    }

    private void Quote(bool isQuoted)
    {
        if (isQuoted)
        {
            _line.Add((byte)'"');
        }
    }

    private void AddText(string text)
    {
        int length = text.Length < LongestText ? text.Length : LongestText;
        for (int i = 0; i < length; i++)
        {
            AddCharacter(text[i]);
        }

        if (length < text.Length)
        {
            _line.Add((byte)'~');
        }
    }

    // Both forms escape a quote and a backslash alike, so that one reader serves for both.
    private void AddCharacter(char c)
    {
        if (c == '"' || c == '\\')
        {
            _line.Add((byte)'\\');
        }

        _line.Add(c >= ' ' && c <= '~' ? (byte)c : (byte)'?');
    }
}
