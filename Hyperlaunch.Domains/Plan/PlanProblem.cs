using System.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>One thing that is wrong with a configuration, or that was decided for its writer, and what to do about it.</summary>
public sealed class PlanProblem
{
    internal PlanProblem(
        ProblemRule rule, ProblemSeverity severity, string path, string property, string found, string expected, string action)
    {
        Severity = severity;
        Rule = rule;
        Path = path;
        Property = property;
        Found = found;
        Expected = expected;
        Action = action;
    }

    /// <summary>What it stops.</summary>
    public ProblemSeverity Severity { get; }

    /// <summary>The rule that was broken.</summary>
    public ProblemRule Rule { get; }

    /// <summary>
    /// Where: the path of a node, <c>command-line</c> for the hypervisor's own, or <c>modules/N</c> for the boot loader's Nth
    /// module. Never empty.
    /// </summary>
    public string Path { get; }

    /// <summary>
    /// The property or option concerned; of a contradiction both, separated by a comma; empty when it is the node.
    /// </summary>
    public string Property { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }

    /// <summary>What should be there; empty when nothing better is known.</summary>
    public string Expected { get; }

    /// <summary>What to do, as a sentence; empty when there is nothing to do.</summary>
    public string Action { get; }

    /// <summary>The name of a severity, as messages print it.</summary>
    public static string SeverityName(ProblemSeverity severity) => severity switch
    {
        ProblemSeverity.LaunchError => "launch-error",
        ProblemSeverity.DomainError => "domain-error",
        ProblemSeverity.Warning => "warning",
        _ => "note",
    };

    /// <summary>The problem in one line: where, what was found, what was expected, what to do.</summary>
    public string Describe() => Describe(Path, Property, Found, Expected, Action);

    /// <summary>A problem of anybody's, in the same line.</summary>
    public static string Describe(string path, string property, string found, string expected, string action)
    {
        StringBuilder text = new();
        text.Append(path);
        if (property.Length > 0)
        {
            text.Append(' ').Append(property);
        }

        text.Append(": found ").Append(found);
        if (expected.Length > 0)
        {
            text.Append(", expected ").Append(expected);
        }

        text.Append('.');
        if (action.Length > 0)
        {
            text.Append(' ').Append(action);
        }

        return text.ToString();
    }
}
