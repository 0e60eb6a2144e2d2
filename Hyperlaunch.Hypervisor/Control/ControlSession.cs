using System;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>
/// One who gives commands: a domain at its second serial port, or the person at the hypervisor's console. It collects a line, and
/// is busy until that has been answered.
/// </summary>
internal sealed class ControlSession : IConsoleInput
{
    // "set NAME cmdline " and the longest command line that is of any use.
    private const int LongestRequest = 2560;

    private readonly byte[] _line = new byte[LongestRequest];
    private readonly ITerminal? _terminal;
    private int _length;
    private bool _isTooLong;

    /// <summary>Makes a session.</summary>
    /// <param name="caller">Who gives the commands.</param>
    /// <param name="output">Where the answers go.</param>
    /// <param name="terminal">Where a person types the commands; null when a program sends them.</param>
    public ControlSession(ControlCaller caller, IControlOutput output, ITerminal? terminal = null)
    {
        Caller = caller;
        Output = output;
        _terminal = terminal;
    }

    /// <summary>Who gives the commands.</summary>
    public ControlCaller Caller { get; }

    /// <summary>Where the answers go.</summary>
    public IControlOutput Output { get; }

    /// <summary>Whether a person types the commands: success needs no word.</summary>
    public bool IsTerminal => _terminal is not null;

    /// <summary>Whether it has ever given a command: only then are there ears for news.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether a line is complete and has not been answered.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether the answer is wanted as JSON.</summary>
    public bool IsJson { get; set; }

    /// <summary>The command that is being answered; null when there is none.</summary>
    public ControlCommand? Command { get; set; }

    /// <summary>How far its answer has come, in a measure of the command's own.</summary>
    public ulong Progress { get; set; }

    /// <summary>The domain that the command is about, by its place among the domains, when it is about one.</summary>
    public int Subject { get; set; }

    /// <summary>The number of the first failure that it has not been told of.</summary>
    public ulong Told { get; set; }

    /// <summary>The complete line, without its end.</summary>
    public ReadOnlySpan<byte> Line => _line.AsSpan(0, _length);

    /// <summary>Whether the line was longer than any command, and has been cut.</summary>
    public bool IsTooLong => _isTooLong;

    /// <inheritdoc/>
    public string InputName => "the hypervisor (type help)";

    /// <inheritdoc/>
    public bool TryReceive(byte value)
    {
        if (IsBusy)
        {
            return false;
        }

        switch (value)
        {
            case (byte)'\r':
            case (byte)'\n':
                // The second half of CR and LF, and an empty line, are nothing.
                IsBusy = _length != 0;
                _terminal?.Echo("\r\n"u8);
                break;
            case (byte)'\b':
            case 0x7F:
                if (_length > 0)
                {
                    _length--;
                    _terminal?.Echo("\b \b"u8);
                }

                break;
            default:
                if (value >= (byte)' ' && value < 0x7F)
                {
                    Append(value);
                }

                break;
        }

        return true;
    }

    /// <summary>The line has been looked at and a command begins.</summary>
    public void Open() => IsOpen = true;

    /// <summary>The line has been answered: the next one may come.</summary>
    public void Finish()
    {
        _length = 0;
        _isTooLong = false;
        IsBusy = false;
        IsJson = false;
        Command = null;
        Progress = 0;
    }

    /// <summary>Forgets everything: the domain is built again.</summary>
    public void Reset()
    {
        Finish();
        IsOpen = false;
    }

    private void Append(byte value)
    {
        if (_length == LongestRequest)
        {
            _isTooLong = true;
            return;
        }

        _line[_length] = value;
        _length++;
        _terminal?.Echo(_line.AsSpan(_length - 1, 1));
    }
}
