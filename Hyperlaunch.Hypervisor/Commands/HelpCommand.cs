using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The commands that the caller may give.</summary>
internal sealed class HelpCommand : ControlCommand
{
    // The width of the first column: all commands but the longest need no more.
    private const int Column = 16;

    private readonly CommandList _commands;
    private readonly DomainSet _launch;

    public HelpCommand(CommandList commands, DomainSet launch)
        : base("help", "", "the commands that you may give", Anyone)
    {
        _commands = commands;
        _launch = launch;
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        DomainRoles roles = _launch.RolesOf(session);
        while (session.Progress < (ulong)_commands.Count)
        {
            ControlCommand command = _commands[(int)session.Progress];
            session.Progress++;
            if (command.IsGrantedTo(session, roles))
            {
                Describe(command, session.IsJson, answer);
                return true;
            }
        }

        return false;
    }

    // In text a line begins with a blank, as no command does.
    private static void Describe(ControlCommand command, bool isJson, RecordLine answer)
    {
        if (isJson)
        {
            answer.Add("command", command.Name);
            answer.Add("arguments", command.Arguments);
            answer.Add("summary", command.Summary);
            return;
        }

        answer.Text("  ");
        answer.Text(command.Name);
        answer.Text(" ");
        answer.Text(command.Arguments);
        for (int i = command.Name.Length + 1 + command.Arguments.Length; i < Column; i++)
        {
            answer.Text(" ");
        }

        answer.Text(" ");
        answer.Text(command.Summary);
    }
}
