using System;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>
/// Carries out commands, whoever gives them. A command is checked once against the roles of the one who gives it; what changes a
/// domain is done at once, and a long answer is given as fast as it is taken. Allocates nothing, but for what <c>set</c> sets.
/// </summary>
internal sealed class ControlInterpreter
{
    private readonly DomainSet _launch;
    private readonly CommandList _commands;
    private readonly RecordLine _answer = new(ControlChannel.LongestAnswer - 2);

    /// <summary>Makes it.</summary>
    public ControlInterpreter(DomainSet launch, CommandList commands)
    {
        _launch = launch;
        _commands = commands;
    }

    /// <summary>Goes on with the line that a session has ready, if there is one and its answer has room.</summary>
    public void Advance(ControlSession session)
    {
        if (session.IsBusy && session.Command is null && session.Output.HasRoom)
        {
            Begin(session);
        }

        while (session.Command is not null && session.Output.HasRoom)
        {
            if (!session.Command.HasEnded(session, out string problem))
            {
                return;
            }

            Answer(session, session.Command, problem);
        }
    }

    /// <summary>Tells a session that listens, unasked and between its answers, of failures that it is to know of.</summary>
    public void Tell(ControlSession session)
    {
        FailureLog failures = _launch.Recovery.Failures;
        session.Told = session.Told < failures.Oldest ? failures.Oldest : session.Told;
        for (; session.IsOpen && !session.IsBusy && session.Told < failures.Count && session.Output.HasRoom; session.Told++)
        {
            ref readonly Failure failure = ref failures[session.Told];
            if ((failure.Response & FailureResponse.TellRecovery) != 0)
            {
                _answer.Begin(RecordStyle.Answer);
                _answer.Text("event");
                DomainText.AddFailure(_answer, in failure);
                Send(session);
            }
        }
    }

    private void Answer(ControlSession session, ControlCommand command, string problem)
    {
        BeginRecord(session);
        if (problem.Length != 0)
        {
            Fail(session, problem);
        }
        else if (command.TryAnswer(session, _answer))
        {
            Send(session);
        }
        else
        {
            Succeed(session);
        }
    }

    private void Begin(ControlSession session)
    {
        Words words = new(session.Line);
        ReadOnlySpan<byte> name = words.Next();
        if (!session.IsTerminal && IsEcho(session.Line, name))
        {
            session.Finish();
            return;
        }

        session.Open();
        session.IsJson = words.TakeLast("--json"u8);
        ControlCommand? command = _commands.Find(name);
        if (session.IsTooLong)
        {
            Fail(session, "The line is longer than any command.");
        }
        else if (command is null)
        {
            Fail(session, "There is no such command. Type help for those that there are.");
        }
        else if (!command.IsGrantedTo(session, _launch.RolesOf(session)))
        {
            Last(session, "refused", command.Refusal);
        }
        else
        {
            session.Command = command;
            string problem = command.Begin(session, ref words);
            if (problem.Length != 0)
            {
                Fail(session, problem);
            }
        }
    }

    // A terminal that echoes sends every answer back. None of them is a command: they begin with other characters, or with these
    // words, or are records.
    private static bool IsEcho(ReadOnlySpan<byte> line, ReadOnlySpan<byte> first)
        => line[0] < (byte)'a' || line[0] > (byte)'z' || first.IndexOf((byte)'=') >= 0 || first.SequenceEqual("ok"u8)
            || first.SequenceEqual("error:"u8) || first.SequenceEqual("refused:"u8) || first.SequenceEqual("event"u8);

    private void Succeed(ControlSession session)
    {
        if (session.IsJson || !session.IsTerminal)
        {
            Last(session, "ok", "");
        }
        else
        {
            session.Finish();
        }
    }

    private void Fail(ControlSession session, string problem) => Last(session, "error", problem);

    private void BeginRecord(ControlSession session) => _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);

    private void Send(ControlSession session)
    {
        _answer.End();
        session.Output.Write(_answer.Bytes);
    }

    private void Last(ControlSession session, string status, string message)
    {
        BeginRecord(session);
        if (session.IsJson)
        {
            _answer.Add("status", status);
            if (message.Length != 0)
            {
                _answer.Add("message", message);
            }
        }
        else
        {
            _answer.Text(status);
            if (message.Length != 0)
            {
                _answer.Text(": ");
                _answer.Text(message);
            }
        }

        Send(session);
        session.Finish();
    }
}
