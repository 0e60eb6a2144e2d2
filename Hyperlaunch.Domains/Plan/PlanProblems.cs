using System.Collections.Generic;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Collects the problems of one reading. Bounded, so that a hostile tree cannot fill memory with complaints: what comes after
/// the bound still stops what it stops, and is counted.
/// </summary>
internal sealed class PlanProblems
{
    /// <summary>How many problems are kept.</summary>
    internal const int Limit = 500;

    private readonly List<PlanProblem> _problems = new();

    /// <summary>How many were found beyond <see cref="Limit"/>.</summary>
    internal int Omitted { get; private set; }

    /// <summary>Whether one of them stops the whole launch.</summary>
    internal bool StopsLaunch { get; private set; }

    /// <summary>Adds a problem that stops nothing, or the whole launch, as its rule says.</summary>
    /// <param name="rule">The rule that is broken.</param>
    /// <param name="path">Where: see <see cref="PlanProblem.Path"/>.</param>
    /// <param name="property">The property concerned; empty when it is the node.</param>
    /// <param name="found">What is there.</param>
    /// <param name="expected">What should be there; empty when nothing better is known.</param>
    /// <param name="detail">What varies in the rule's action; empty when nothing does.</param>
    internal void Report(ProblemRule rule, string path, string property, string found, string expected = "", string detail = "")
        => Add(rule, rule.Severity, path, property, found, expected, detail);

    /// <summary>Adds a problem of one domain, and stops it when the rule says so.</summary>
    internal void Report(
        DomainDraft domain, ProblemRule rule, string path, string property, string found, string expected = "",
        string detail = "")
    {
        domain.IsLaunchable &= rule.Severity != ProblemSeverity.DomainError;
        Add(rule, rule.Severity, path, property, found, expected, detail);
    }

    /// <summary>Adds a problem of a node of the hypervisor's own, where there is no domain to stop.</summary>
    internal void ReportOfHypervisor(ProblemRule rule, string path, string property, string found, string expected, string detail)
    {
        bool isDomains = rule.Severity == ProblemSeverity.DomainError;
        Add(rule, isDomains ? ProblemSeverity.Warning : rule.Severity, path, property, found, expected, detail);
    }

    /// <summary>The problems, in the order in which they were found.</summary>
    internal PlanProblem[] ToArray() => _problems.ToArray();

    private void Add(
        ProblemRule rule, ProblemSeverity severity, string path, string property, string found, string expected, string detail)
    {
        StopsLaunch |= severity == ProblemSeverity.LaunchError;
        if (_problems.Count < Limit)
        {
            _problems.Add(new PlanProblem(rule, severity, path, property, found, expected, rule.ActionFor(detail)));
        }
        else
        {
            Omitted++;
        }
    }
}
