using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What is done about each failure. The answer depends on nothing but the arguments, so that the table of all of them in
/// <c>docs/launch.md</c> is made by asking.
/// </summary>
internal static class FailurePolicy
{
    /// <summary>A life that ended in a failure within this time of its start, in nanoseconds, was a short one.</summary>
    public const ulong ShortLife = 10_000_000_000;

    /// <summary>After so many short lives in a row a domain is not built again.</summary>
    public const int ShortLives = 4;

    /// <summary>Decides.</summary>
    /// <param name="subject">Whose failure it is.</param>
    /// <param name="kind">In which way it failed.</param>
    /// <param name="onCrash">
    /// What the domain's plan says; <see cref="CrashAction.Recover"/> once too many short lives have ended.
    /// </param>
    /// <param name="recovery">Who there is to recover.</param>
    public static FailureResponse Decide(FailureSubject subject, FailureKind kind, CrashAction onCrash, RecoveryState recovery)
    {
        if (subject == FailureSubject.Recovery)
        {
            return FailureResponse.None;
        }

        FailureResponse response = subject == FailureSubject.Boot ? FailureResponse.ContinueLaunch : FailureResponse.None;
        if (kind == FailureKind.Crashed && onCrash == CrashAction.Stop)
        {
            return response;
        }

        // A boot domain runs once.
        if (kind == FailureKind.Crashed && onCrash == CrashAction.Restart && subject == FailureSubject.Other)
        {
            return FailureResponse.Restart;
        }

        return recovery switch
        {
            RecoveryState.Waiting => response | FailureResponse.StartRecovery,
            RecoveryState.Listening => response | FailureResponse.TellRecovery,
            _ => response,
        };
    }
}
