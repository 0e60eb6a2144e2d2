using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>How a domain and its failures stand in an answer.</summary>
internal static class DomainText
{
    /// <summary>Which domain it is, and what it is doing.</summary>
    public static void AddIdentity(RecordLine answer, Domain domain)
    {
        answer.Add("domid", domain.Id);
        answer.Add("name", domain.Name);
        answer.Add("state", DomainStateNames.Name(domain.Life.State));
        answer.Add("roles", domain.RoleNames);
        if (domain.Life.State is DomainState.Stopped or DomainState.Reclaimed)
        {
            answer.Add("reason", StopReasonNames.Name(domain.Life.EndReason));
        }
    }

    /// <summary>What has failed, when and how.</summary>
    public static void AddFailure(RecordLine answer, in Failure failure)
    {
        answer.Add("domid", failure.Domid);
        answer.Add("name", failure.Name);
        answer.Add("at-ms", failure.Nanoseconds / 1_000_000);
        answer.Add("phase", LaunchPhaseNames.Name(failure.Phase));
        answer.Add("problem", failure.Problem);
        if (failure.Kind == FailureKind.Crashed)
        {
            StopRecordText.AddRegisters(answer, in failure.Stop, isAnswer: true);
        }
    }
}
