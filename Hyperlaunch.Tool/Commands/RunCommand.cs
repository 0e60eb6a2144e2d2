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
        Option<bool> kernel = new("--kernel") { Description = "Boot the hypervisor by QEMU's -kernel, which is faster than from an ISO." };
        Option<bool> uefi = new("--uefi") { Description = "The machine's firmware is UEFI (OVMF) and not a BIOS." };
        Option<bool> headless = new("--headless") { Description = "Nobody types: there is no way to QEMU's monitor." };
        Option<string?> log = new("--log") { Description = "A copy of the console's bytes.", HelpName = "FILE" };
        Option<int> timeout = new("--timeout") { Description = "End the machine after so many seconds; the exit code is then 124.", HelpName = "SECONDS" };
        Option<string[]> extra = new("--qemu") { Description = "A further argument for QEMU; repeat it for more.", HelpName = "ARGUMENT" };
        Command command = new("run", """
            Boots a configuration in QEMU, by an ISO as `hyperlaunch iso` makes it; the machine's serial console is this terminal.
            Ctrl-] then x ends the emulator. QEMU's exit code is returned.

            Examples:
              hyperlaunch run machine.dts vmlinuz="console=ttyS0" initrd.img
              hyperlaunch run vmlinuz="console=ttyS0" initrd.img --kernel
              hyperlaunch run grub.cfg --memory 4G --cpus 2 --options "console=raw" --uefi
              hyperlaunch run machine.dts vmlinuz initrd.img --headless --timeout 60 --qemu=-d --qemu=int
            """);
        common.AddTo(command);
        foreach (Option option in new Option[] { hypervisor, kernel, uefi, headless, log, timeout, extra })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            ulong memory = common.Memory(parsed) is > 0 and ulong given ? given : DefaultMemory;
            LaunchConfiguration configuration = common.Read(parsed, memory);
            if (!IsoCommand.Check(parsed, configuration))
            {
                return ExitCode.Problems;
            }

            string folder = Directory.CreateTempSubdirectory("hyperlaunch-run").FullName;
            try
            {
                EmulatedPc pc = new(folder)
                {
                    Memory = memory,
                    Processors = Math.Max(common.Cpus(parsed), 1),
                    IsUefi = parsed.GetValue(uefi),
                    Log = parsed.GetValue(log),
                    IsInteractive = !parsed.GetValue(headless),
                };
                string file = parsed.GetRequiredValue(hypervisor);
                List<string> arguments = parsed.GetValue(kernel) ? pc.BootKernel(file, configuration) : pc.BootIso(file, configuration);
                arguments.AddRange(parsed.GetValue(extra) ?? []);
                return ExternalProgram.Run("qemu-system-x86_64", arguments, parsed.GetValue(timeout));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }
}
