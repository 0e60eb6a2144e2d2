using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>Findings as compilers print them, with what to do.</summary>
internal static class HumanReport
{
    /// <summary>Writes every finding, by its place, and how many there are.</summary>
    public static void Write(TextOutput output, IReadOnlyList<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            Write(output, finding);
        }

        output.WriteLine(Summary(findings));
    }

    /// <summary>How many errors, warnings and notes there are.</summary>
    public static string Summary(IReadOnlyList<Finding> findings)
        => $"{Count(findings.Count(finding => finding.IsError), "error")}, "
            + $"{Count(findings.Count(finding => finding.Severity == ProblemSeverity.Warning), "warning")}, "
            + Count(findings.Count(finding => finding.Severity == ProblemSeverity.Note), "note");

    private static void Write(TextOutput output, Finding finding)
    {
        output.Write(finding.Place + ": ", Tint.Strong);
        (string word, Tint tint) = finding.Severity switch
        {
            ProblemSeverity.LaunchError => ("error (stops the launch)", Tint.Error),
            ProblemSeverity.DomainError => ("error (stops the domain)", Tint.Error),
            ProblemSeverity.Warning => ("warning", Tint.Warning),
            _ => ("note", Tint.Note),
        };
        output.Write(word, tint);
        output.Write($": {finding.Path}{(finding.Property.Length > 0 ? " " + finding.Property : "")}: found {finding.Found}");
        output.Write(finding.Expected.Length > 0 ? $", expected {finding.Expected}" : "");
        output.WriteLine($" [{finding.Rule}]", Tint.Faint);
        if (finding.Action.Length > 0)
        {
            output.WriteLine("    " + finding.Action);
        }
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
