using System;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// A rule that a configuration can break: how bad that is, and what to do about it. Rules that are one to a program, and differ
/// in what they stop or in what is to be done, have one name.
/// </summary>
public sealed partial class ProblemRule
{
    // In an action, what the problem itself has to say.
    private const string Detail = "{}";

    private readonly string _before;
    private readonly string _after;
    private readonly bool _takesDetail;

    private ProblemRule(string name, ProblemSeverity severity, string action)
    {
        int place = action.IndexOf(Detail, StringComparison.Ordinal);
        Name = name;
        Severity = severity;
        _takesDetail = place >= 0;
        _before = _takesDetail ? action.Substring(0, place) : action;
        _after = _takesDetail ? action.Substring(place + Detail.Length) : "";
    }

    /// <summary>Its name: stable, for programs.</summary>
    public string Name { get; }

    /// <summary>What a problem with it stops. On a node of the hypervisor's own, what would stop a domain is a warning.</summary>
    public ProblemSeverity Severity { get; }

    /// <summary>What to do, as a sentence.</summary>
    /// <param name="detail">What varies in it; empty for a rule whose action does not vary.</param>
    internal string ActionFor(string detail) => _takesDetail ? _before + detail + _after : _before;
}
