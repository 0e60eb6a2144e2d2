using System.CommandLine;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Reporting;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch convert</c>: the same configuration in another dialect.</summary>
internal static class ConvertCommand
{
    public static Command Make()
    {
        Argument<string> source = new("CONFIG") { Description = "A device tree as source (.dts) or blob (.dtb)." };
        Option<string> to = new("--to")
        {
            Description = "The dialect to write: 2021, 2022, 2023, 2025 or dom0less.",
            Required = true,
            HelpName = "DIALECT"
        };
        to.AcceptOnlyFromAmong([.. LaunchDialectNames.All.Select(LaunchDialectNames.Name)]);
        Option<string?> output = new("--output", "-o")
        {
            Description = "The file to write (default: standard output).",
            HelpName = "FILE",
        };
        Command command = new("convert", """
            Writes a configuration in another dialect, as source, and says on standard error what that dialect has no words for.

            Examples:
              hyperlaunch convert machine.dts --to 2025
              hyperlaunch convert old.dtb --to 2021 -o new.dts
            """);
        command.Arguments.Add(source);
        command.Options.Add(to);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            LaunchConfiguration configuration = LaunchConfiguration.Read(parsed.GetRequiredValue(source), new TargetMachine());
            Finding[] errors = [.. configuration.Findings.Where(finding => finding.IsError)];
            if (!configuration.IsRead || configuration.Plan.Dialect == LaunchDialect.Classic || errors.Length > 0)
            {
                HumanReport.Write(TextOutput.Error(parsed.InvocationConfiguration), errors);
                throw new ToolException(
                    $"{configuration.File} cannot be converted: "
                    + $"{(errors.Length > 0 ? "it has errors" : "it describes no domain")}.");
            }

            LaunchDialect dialect = LaunchDialectNames.All.First(
                candidate => LaunchDialectNames.Name(candidate) == parsed.GetRequiredValue(to));
            PlanWriter writer = new(
                configuration.Plan, dialect,
                $"Written by hyperlaunch convert, from {Path.GetFileName(configuration.File)} "
                    + $"({LaunchDialectNames.Name(configuration.Plan.Dialect)}) to {LaunchDialectNames.Name(dialect)}.");
            string text = writer.Write();
            if (parsed.GetValue(output) is { } file)
            {
                File.WriteAllText(file, text);
            }
            else
            {
                parsed.InvocationConfiguration.Output.Write(text);
            }

            TextOutput error = TextOutput.Error(parsed.InvocationConfiguration);
            foreach (string remark in writer.Remarks)
            {
                error.Write("not expressed: ", Tint.Warning);
                error.WriteLine(remark);
            }

            return ExitCode.Success;
        });
        return command;
    }
}
