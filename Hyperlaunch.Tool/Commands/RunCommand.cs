using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch run</c>: a configuration and its modules in QEMU.</summary>
internal static class RunCommand
{
    private const ulong DefaultMemory = 2ul << 30;

    public static Command Make()
    {
        CommonOptions common = new();
        Option<string> hypervisor = IsoCommand.HypervisorOption();
        Option<int> timeout = new("--timeout") { Description = "End the machine after so many seconds; the exit code is then 124.", HelpName = "SECONDS" };
        Option<string[]> extra = new("--qemu") { Description = "A further argument for QEMU; repeat it for more.", HelpName = "ARGUMENT" };
        Command command = new("run", """
            Boots a configuration in QEMU, by an ISO as `hyperlaunch iso` makes it; the machine's serial console is this terminal.
            QEMU's exit code is returned.

            Examples:
              hyperlaunch run machine.dts vmlinuz="console=ttyS0" initrd.img
              hyperlaunch run grub.cfg --memory 4G --cpus 2 --options "console=raw"
              hyperlaunch run machine.dts vmlinuz initrd.img --timeout 60 --qemu=-d --qemu=int
            """);
        common.AddTo(command);
        command.Options.Add(hypervisor);
        command.Options.Add(timeout);
        command.Options.Add(extra);
        command.SetAction(parsed =>
        {
            ulong memory = common.Memory(parsed) is > 0 and ulong given ? given : DefaultMemory;
            LaunchConfiguration configuration = common.Read(parsed, memory);
            if (!IsoCommand.Check(configuration))
            {
                return ExitCode.Problems;
            }

            string iso = Path.Combine(Path.GetTempPath(), $"hyperlaunch-{Guid.NewGuid():N}.iso");
            try
            {
                BootImage.Write(iso, parsed.GetRequiredValue(hypervisor), configuration);
                List<string> arguments =
                [
                    "-machine", "q35", "-accel", "tcg", "-cpu", "EPYC,+svm,+npt", "-nodefaults", "-vga", "std", "-no-reboot", "-display", "none",
                    "-m", $"{memory >> 20}M", "-smp", $"{Math.Max(common.Cpus(parsed), 1)}",
                    "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1", "-cdrom", iso,
                ];
                arguments.AddRange(parsed.GetValue(extra) ?? []);
                return ExternalProgram.Run("qemu-system-x86_64", arguments, parsed.GetValue(timeout));
            }
            finally
            {
                File.Delete(iso);
            }
        });
        return command;
    }
}
