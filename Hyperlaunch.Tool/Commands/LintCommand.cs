using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Reporting;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch lint</c>: everything that is wrong with a configuration.</summary>
internal static class LintCommand
{
    public static Command Make()
    {
        CommonOptions common = new();
        Option<bool> json = new("--json") { Description = "Write one JSON object." };
        Option<bool> sarif = new("--sarif") { Description = "Write a SARIF 2.1.0 log." };
        Option<bool> strict = new("--strict") { Description = "Warnings count as errors for the exit code." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Leave the notes out." };
        Command command = new("lint", """
            Finds everything that is wrong with a configuration, in one run: where, what was found, what was expected, what to do.
            With the modules given, as arguments or by a menu entry, it looks into them too; with --memory it says whether the
            domains fit.

            Examples:
              hyperlaunch lint machine.dts
              hyperlaunch lint machine.dts vmlinuz="console=ttyS0" initrd.img --memory 2G --cpus 4
              hyperlaunch lint /boot/grub/grub.cfg --entry "Hyperlaunch" --root /
              hyperlaunch lint machine.dts --sarif > hyperlaunch.sarif
            """);
        common.AddTo(command);
        command.Options.Add(json);
        command.Options.Add(sarif);
        command.Options.Add(strict);
        command.Options.Add(quiet);
        command.SetAction(parsed =>
        {
            LaunchConfiguration configuration = common.Read(parsed);
            if (parsed.GetValue(quiet))
            {
                configuration.Findings.RemoveAll(finding => finding.Severity == ProblemSeverity.Note);
            }

            if (parsed.GetValue(json))
            {
                WriteTo(parsed, stream => JsonReport.Write(stream, configuration));
            }
            else if (parsed.GetValue(sarif))
            {
                WriteTo(parsed, stream => SarifReport.Write(stream, configuration.Findings));
            }
            else
            {
                HumanReport.Write(TextOutput.Standard(parsed.InvocationConfiguration), configuration.Findings);
            }

            ProblemSeverity least = parsed.GetValue(strict) ? ProblemSeverity.Warning : ProblemSeverity.DomainError;
            return configuration.Findings.Any(finding => finding.Severity >= least) ? ExitCode.Problems : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Writes to the command's output and ends the last line.</summary>
    public static void WriteTo(ParseResult parsed, Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        parsed.InvocationConfiguration.Output.Write(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }
}
