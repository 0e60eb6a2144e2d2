using System.CommandLine;
using System.Linq;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Reporting;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch explain</c>: what a configuration means.</summary>
internal static class ExplainCommand
{
    public static Command Make()
    {
        CommonOptions common = new();
        Option<bool> json = new("--json") { Description = "Write one JSON object." };
        Command command = new("explain", """
            Says what a configuration means: its dialect, which of the ten named configurations it is, each domain with its roles,
            memory layout, modules and defaults, the order of creation, the modules by owner.

            Examples:
              hyperlaunch explain machine.dts
              hyperlaunch explain grub.cfg --memory 4G
            """);
        common.AddTo(command);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            LaunchConfiguration configuration = common.Read(parsed);
            TextOutput output = TextOutput.Standard(parsed.InvocationConfiguration);
            if (parsed.GetValue(json))
            {
                LintCommand.WriteTo(parsed, stream => JsonReport.Write(stream, configuration));
            }
            else if (configuration.IsRead)
            {
                Explanation.Write(output, configuration.Plan);
                if (configuration.Findings.Count > 0)
                {
                    output.WriteLine($"hyperlaunch lint: {HumanReport.Summary(configuration.Findings)}", Tint.Faint);
                }
            }
            else
            {
                HumanReport.Write(TextOutput.Error(parsed.InvocationConfiguration), configuration.Findings);
            }

            return configuration.Findings.Any(finding => finding.IsError) ? ExitCode.Problems : ExitCode.Success;
        });
        return command;
    }
}
