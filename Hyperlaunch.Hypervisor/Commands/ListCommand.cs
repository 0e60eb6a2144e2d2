using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The domains, a line each.</summary>
internal sealed class ListCommand : ControlCommand
{
    private readonly DomainSet _launch;

    public ListCommand(DomainSet launch)
        : base("list", "", "the domains and what they are doing", Anyone)
    {
        _launch = launch;
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        if (session.Progress == (ulong)_launch.Domains.Count)
        {
            return false;
        }

        DomainText.AddIdentity(answer, _launch.Domains[(int)session.Progress]);
        session.Progress++;
        return true;
    }
}
