using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>A problem with its place in the file that a person edits.</summary>
internal sealed record Finding(
    ProblemSeverity Severity, string Rule, SourceSpan Place, string Path, string Property, string Found, string Expected,
        string Action)
{
    /// <summary>The rule of what dtc says of a source.</summary>
    public const string SourceRule = "source";

    /// <summary>The rule of a module whose file is not there.</summary>
    public const string MissingFileRule = "module-file";

    /// <summary>Whether it keeps a domain or the launch from happening.</summary>
    public bool IsError => Severity is ProblemSeverity.DomainError or ProblemSeverity.LaunchError;

    /// <summary>Gives a problem of a plan its place.</summary>
    public static Finding Of(PlanProblem problem, SourceSpan place) => new(
        problem.Severity, problem.Rule.Name, place, problem.Path, problem.Property, problem.Found, problem.Expected,
            problem.Action);
}
