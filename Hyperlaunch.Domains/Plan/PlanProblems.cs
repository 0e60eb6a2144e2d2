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

    /// <summary>Adds a problem that stops nothing, or the whole launch.</summary>
    internal void Add(
        ProblemSeverity severity, string rule, string path, string property, string found, string expected, string action)
    {
        if (severity == ProblemSeverity.LaunchError)
        {
            StopsLaunch = true;
        }

        if (_problems.Count < Limit)
        {
            _problems.Add(new PlanProblem(severity, rule, path, property, found, expected, action));
        }
        else
        {
            Omitted++;
        }
    }

    /// <summary>Adds a problem that stops one domain, and stops it.</summary>
    internal void StopDomain(
        DomainDraft domain, string rule, string path, string property, string found, string expected, string action)
    {
        domain.IsLaunchable = false;
        Add(ProblemSeverity.DomainError, rule, path, property, found, expected, action);
    }

    internal void Warn(string rule, string path, string property, string found, string expected, string action)
        => Add(ProblemSeverity.Warning, rule, path, property, found, expected, action);

    internal void Note(string rule, string path, string property, string found, string expected, string action)
        => Add(ProblemSeverity.Note, rule, path, property, found, expected, action);

    /// <summary>The problems, in the order in which they were found.</summary>
    internal PlanProblem[] ToArray() => _problems.ToArray();
}
