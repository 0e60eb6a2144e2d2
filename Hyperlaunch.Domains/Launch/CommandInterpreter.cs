using System;
using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Domains.Launch;

/// <summary>
/// The hypervisor's own console: a line is typed, a word is carried out. It is reached by Ctrl-A three times, and has the input when
/// no domain runs. Allocates nothing after its construction.
/// </summary>
public sealed class CommandInterpreter : IConsoleInput
{
    private const int LongestCommand = 80;

    private readonly Hypervisor _hypervisor;
    private readonly ConsoleMultiplexer _console;
    private readonly byte[] _line = new byte[LongestCommand];
    private int _length;
    private bool _isComplete;

    internal CommandInterpreter(Hypervisor hypervisor, ConsoleMultiplexer console)
    {
        _hypervisor = hypervisor;
        _console = console;
    }

    /// <inheritdoc/>
    public string InputName => "the hypervisor (type help)";

    /// <inheritdoc/>
    public bool TryReceive(byte value)
    {
        if (_isComplete)
        {
            return false;
        }

        switch (value)
        {
            case (byte)'\r':
            case (byte)'\n':
                _isComplete = true;
                _console.WriteText("\r\n"u8);
                break;
            case (byte)'\b':
            case 0x7F:
                if (_length > 0)
                {
                    _length--;
                    _console.WriteText("\b \b"u8);
                }

                break;
            default:
                if (value >= (byte)' ' && value < 0x7F && _length < LongestCommand)
                {
                    _line[_length] = value;
                    _length++;
                    _console.WriteText(_line.AsSpan(_length - 1, 1));
                }

                break;
        }

        return true;
    }

    /// <summary>Carries out a line that was completed, if there is one.</summary>
    internal void Execute()
    {
        if (!_isComplete)
        {
            return;
        }

        ReadOnlySpan<byte> command = _line.AsSpan(0, _length);
        if (command.SequenceEqual("help"u8))
        {
            Help();
        }
        else if (command.SequenceEqual("list"u8))
        {
            List();
        }
        else if (command.SequenceEqual("poweroff"u8))
        {
            _hypervisor.End(EndAction.PowerOff, "console");
        }
        else if (command.SequenceEqual("reboot"u8))
        {
            _hypervisor.End(EndAction.Reboot, "console");
        }
        else if (_length != 0)
        {
            _hypervisor.Log.Say("There is no such command. Type help for those that there are.");
        }

        _length = 0;
        _isComplete = false;
    }

    private void Help()
    {
        EventLog log = _hypervisor.Log;
        log.Say("help      this list");
        log.Say("list      the domains and what they are doing");
        log.Say("poweroff  turn the machine off");
        log.Say("reboot    restart the machine");
        log.Say("Ctrl-A three times moves the input on to the next domain.");
    }

    private void List()
    {
        DomainTable domains = _hypervisor.Domains;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            EventLog log = _hypervisor.Log;
            log.BeginSentence();
            log.Text("domain");
            log.Add("domid", domain.Id);
            log.Add("name", domain.Name);
            log.Add("state", DomainStateNames.Name(domain.State));
            if (domain.State is DomainState.Stopped or DomainState.Reclaimed)
            {
                log.Add("reason", StopReasonNames.Name(domain.Machine!.Record.Reason));
            }

            log.End();
        }
    }
}
