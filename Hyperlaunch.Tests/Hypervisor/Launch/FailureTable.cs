using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>
/// Every failure that can happen and what is done about it, as the code decides it: the table in <c>docs/launch.md</c>.
/// </summary>
internal static class FailureTable
{
    private static readonly RecoveryState[] s_recovery = [RecoveryState.Waiting, RecoveryState.Listening, RecoveryState.None];

    /// <summary>The cases: when, who, in which way, and what the domain's plan says.</summary>
    public static IEnumerable<(LaunchPhaseKind Phase, FailureSubject Subject, FailureKind Kind, CrashAction OnCrash)> Cases()
    {
        foreach (FailureSubject subject in new[] { FailureSubject.Boot, FailureSubject.Other, FailureSubject.Recovery })
        {
            yield return (LaunchPhaseKind.Creation, subject, FailureKind.NotBuilt, CrashAction.Recover);
        }

        yield return (LaunchPhaseKind.Preparation, FailureSubject.Boot, FailureKind.Unfinished, CrashAction.Recover);
        yield return (LaunchPhaseKind.Preparation, FailureSubject.Boot, FailureKind.TimedOut, CrashAction.Recover);
        foreach (CrashAction onCrash in new[] { CrashAction.Recover, CrashAction.Stop, CrashAction.Restart })
        {
            yield return (LaunchPhaseKind.Preparation, FailureSubject.Boot, FailureKind.Crashed, onCrash);
        }

        foreach (LaunchPhaseKind phase in new[] { LaunchPhaseKind.Preparation, LaunchPhaseKind.Final })
        {
            foreach (CrashAction onCrash in new[] { CrashAction.Recover, CrashAction.Stop, CrashAction.Restart })
            {
                yield return (phase, FailureSubject.Other, FailureKind.Crashed, onCrash);
            }

            yield return (phase, FailureSubject.Other, FailureKind.NotBuilt, CrashAction.Restart);
            yield return (phase, FailureSubject.Recovery, FailureKind.Crashed, CrashAction.Recover);
            yield return (phase, FailureSubject.Recovery, FailureKind.NotBuilt, CrashAction.Recover);
        }
    }

    /// <summary>The table in Markdown.</summary>
    public static string Markdown()
    {
        StringBuilder text = new();
        text.Append("| phase | who | what | `on-crash` | a recovery domain waits | one with the role runs | nobody has the role "
            + "|\n");
        text.Append("|---|---|---|---|---|---|---|\n");
        foreach ((LaunchPhaseKind phase, FailureSubject subject, FailureKind kind, CrashAction onCrash) in Cases())
        {
            string action = kind == FailureKind.Crashed && subject != FailureSubject.Recovery
                ? onCrash.ToString().ToLowerInvariant() : "";
            text.Append($"| {LaunchPhaseNames.Name(phase)} | {Who(subject)} | {What(phase, kind)} | {action} |");
            foreach (RecoveryState recovery in s_recovery)
            {
                bool cannotBe = subject == FailureSubject.Recovery && recovery == RecoveryState.Waiting;
                text.Append(cannotBe ? " |" : $" {Done(FailurePolicy.Decide(subject, kind, onCrash, recovery))} |");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Who(FailureSubject subject) => subject switch
    {
        FailureSubject.Boot => "boot domain",
        FailureSubject.Recovery => "recovery domain",
        _ => "any other",
    };

    private static string What(LaunchPhaseKind phase, FailureKind kind) => kind switch
    {
        FailureKind.NotBuilt => phase == LaunchPhaseKind.Creation ? "cannot be built" : "cannot be built again",
        FailureKind.Crashed => "crashes",
        FailureKind.Unfinished => "ends without `finish`",
        _ => "takes too long",
    };

    private static string Done(FailureResponse response)
    {
        List<string> done = [];
        if ((response & FailureResponse.Restart) != 0)
        {
            done.Add("built again");
        }

        if ((response & FailureResponse.StartRecovery) != 0)
        {
            done.Add("recovery started");
        }

        if ((response & FailureResponse.TellRecovery) != 0)
        {
            done.Add("recovery told");
        }

        if ((response & FailureResponse.ContinueLaunch) != 0)
        {
            done.Add("launch goes on");
        }

        return done.Count == 0 ? "recorded" : string.Join(", ", done);
    }
}
