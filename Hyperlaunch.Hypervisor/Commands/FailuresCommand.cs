using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>What has failed.</summary>
internal sealed class FailuresCommand : ControlCommand
{
    private readonly DomainSet _launch;

    public FailuresCommand(DomainSet launch)
        : base("failures", "", "what has failed, with the processor's registers", Anyone)
    {
        _launch = launch;
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        FailureLog failures = _launch.Recovery.Failures;
        session.Progress = session.Progress < failures.Oldest ? failures.Oldest : session.Progress;
        if (session.Progress == failures.Count)
        {
            return false;
        }

        DomainText.AddFailure(answer, in failures[session.Progress]);
        session.Progress++;
        return true;
    }
}
