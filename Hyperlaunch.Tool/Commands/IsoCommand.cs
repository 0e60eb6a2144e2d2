using System.CommandLine;
using System.Linq;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Reporting;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch iso</c>: a configuration and its modules as a bootable ISO.</summary>
internal static class IsoCommand
{
    public static Command Make()
    {
        CommonOptions common = new();
        Option<string> output = new("--output", "-o") { Description = "The ISO to write.", Required = true, HelpName = "FILE" };
        Option<string> hypervisor = HypervisorOption();
        Option<bool> force = new("--force")
        {
            Description = "Make it although it launches nothing: to see what the hypervisor says.",
        };
        Command command = new("iso", """
            Makes an ISO that GRUB boots under BIOS and UEFI. A configuration that cannot be launched is refused,
            unless --force is given.

            Examples:
              hyperlaunch iso machine.dts vmlinuz="console=ttyS0" initrd.img -o machine.iso
              hyperlaunch iso grub.cfg --root / -o machine.iso
            """);
        common.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(hypervisor);
        command.Options.Add(force);
        command.SetAction(parsed =>
        {
            LaunchConfiguration configuration = common.Read(parsed);
            if (!Check(parsed, configuration) && !parsed.GetValue(force))
            {
                return ExitCode.Problems;
            }

            BootImage.Write(parsed.GetRequiredValue(output), parsed.GetRequiredValue(hypervisor), configuration);
            parsed.InvocationConfiguration.Output.Write($"wrote {parsed.GetRequiredValue(output)}\n");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The option that says where the hypervisor is.</summary>
    public static Option<string> HypervisorOption() => new("--hypervisor")
    {
        Description = "The hypervisor's ELF file.",
        DefaultValueFactory = _ => BootImage.DefaultHypervisor,
        HelpName = "FILE",
    };

    /// <summary>Whether a configuration launches something; its errors and warnings are printed.</summary>
    public static bool Check(ParseResult parsed, LaunchConfiguration configuration)
    {
        Finding[] findings = [.. configuration.Findings.Where(finding => finding.Severity > Domains.Plan.ProblemSeverity.Note)];
        if (findings.Length > 0)
        {
            HumanReport.Write(TextOutput.Error(parsed.InvocationConfiguration), findings);
        }

        return configuration.IsRead && configuration.Plan.CanLaunch;
    }
}
