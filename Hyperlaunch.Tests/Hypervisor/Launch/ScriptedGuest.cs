using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>A guest whose life is written as a sequence of exits; each life begins anew. After its last exit it spins.</summary>
internal sealed class ScriptedGuest
{
    private const ushort ControlPort = 0x2F8;
    private const ushort FifoControl = ControlPort + 2;
    private const ushort LineStatus = ControlPort + 5;
    private const int Patience = 4000;

    private readonly Func<ScriptedGuest, IEnumerable<VmExit>> _script;
    private IEnumerator<VmExit>? _life;
    private FakeVirtualProcessor? _processor;
    private int _resets;

    private ScriptedGuest(Func<ScriptedGuest, IEnumerable<VmExit>> script) => _script = script;

    /// <summary>How many lives have begun.</summary>
    public int Lives { get; private set; }

    /// <summary>Every line that it was sent on its second serial port.</summary>
    public List<string> Answers { get; } = [];

    /// <summary>The line that ended the latest answer.</summary>
    public string Status => Answers.LastOrDefault("");

    public static ScriptedGuest Add(LaunchMachine machine, Func<ScriptedGuest, IEnumerable<VmExit>> script)
    {
        ScriptedGuest guest = new(script);
        machine.Guests.Add(guest.Enter);
        return guest;
    }

    /// <summary>Lets milliseconds pass.</summary>
    public static IEnumerable<VmExit> Spin(int milliseconds)
        => Enumerable.Repeat(new VmExit { Reason = ExitReason.ExternalInterrupt }, milliseconds);

    /// <summary>Crashes.</summary>
    public static IEnumerable<VmExit> Crash() => [new VmExit { Reason = ExitReason.TripleFault, RawReason = 0x7F }];

    public IEnumerable<VmExit> PowerOff()
    {
        yield return Out(0x604, 2, 0x2000 | (5 << 10));
    }

    /// <summary>One thing after the other, each begun only when its turn comes.</summary>
    public static IEnumerable<VmExit> Then(params IEnumerable<VmExit>[] parts) => parts.SelectMany(part => part);

    /// <summary>Writes a line on its first serial port.</summary>
    public IEnumerable<VmExit> Print(string text) => (text + "\n").Select(c => Out(0x3F8, 1, c));

    /// <summary>Writes text on its second serial port, and does not end the line.</summary>
    public IEnumerable<VmExit> SendPart(string text) => text.Select(c => Out(ControlPort, 1, c));

    /// <summary>Writes a line on its second serial port, in pieces that the port has room for.</summary>
    public IEnumerable<VmExit> Send(string line)
    {
        const int Piece = 1000;
        yield return Out(FifoControl, 1, 1);
        for (int i = 0; i < line.Length; i++)
        {
            yield return Out(ControlPort, 1, line[i]);
            for (int wait = 0; wait < 20 && i % Piece == Piece - 1; wait++)
            {
                yield return new VmExit { Reason = ExitReason.ExternalInterrupt };
            }
        }

        yield return Out(ControlPort, 1, '\n');
    }

    /// <summary>Opens its second serial port as a driver does, which empties the receiver.</summary>
    public IEnumerable<VmExit> Open()
    {
        yield return Out(FifoControl, 1, 1);
        yield return Out(FifoControl, 1, 7);
        yield return Out(FifoControl, 1, 0);
    }

    /// <summary>Gives a command and takes the answer to its end.</summary>
    public IEnumerable<VmExit> Command(string line)
    {
        foreach (VmExit exit in Send(line))
        {
            yield return exit;
        }

        StringBuilder text = new();
        for (int i = 0; i < Patience; i++)
        {
            yield return In(LineStatus);
            if ((_processor!.GetRegister(GuestRegister.Rax) & 1) == 0)
            {
                yield return new VmExit { Reason = ExitReason.ExternalInterrupt };
                continue;
            }

            yield return In(ControlPort);
            char c = (char)(_processor.GetRegister(GuestRegister.Rax) & 0xFF);
            if (c != '\n')
            {
                text.Append(c);
                continue;
            }

            Answers.Add(text.ToString().TrimEnd('\r'));
            text.Clear();
            if (Status.StartsWith("ok", StringComparison.Ordinal) || Status.StartsWith("error", StringComparison.Ordinal)
                || Status.StartsWith("refused", StringComparison.Ordinal)
                    || Status.StartsWith("{\"status\"", StringComparison.Ordinal))
            {
                yield break;
            }
        }

        Answers.Add("no answer");
    }

    /// <summary>Takes what comes unasked, for a while.</summary>
    public IEnumerable<VmExit> Listen(int milliseconds)
    {
        StringBuilder text = new();
        while (milliseconds > 0)
        {
            yield return In(LineStatus);
            if ((_processor!.GetRegister(GuestRegister.Rax) & 1) == 0)
            {
                milliseconds--;
                yield return new VmExit { Reason = ExitReason.ExternalInterrupt };
                continue;
            }

            yield return In(ControlPort);
            char c = (char)(_processor.GetRegister(GuestRegister.Rax) & 0xFF);
            if (c == '\n')
            {
                Answers.Add(text.ToString().TrimEnd('\r'));
                text.Clear();
            }
            else
            {
                text.Append(c);
            }
        }
    }

    private VmExit Enter(FakeVirtualProcessor processor)
    {
        if (_life is null || processor.Resets != _resets)
        {
            Lives++;
            _resets = processor.Resets;
            _processor = processor;
            _life = _script(this).GetEnumerator();
        }

        return _life.MoveNext() ? _life.Current : new VmExit { Reason = ExitReason.ExternalInterrupt };
    }

    private VmExit Out(ushort port, byte size, uint value)
    {
        _processor!.SetRegister(GuestRegister.Rax, value);
        return new VmExit { Reason = ExitReason.PortAccess, Port = port, Size = size, NextInstruction = _processor.Rip };
    }

    private VmExit In(ushort port)
        => new() { Reason = ExitReason.PortAccess, Port = port, Size = 1, IsInput = true, NextInstruction = _processor!.Rip };
}
