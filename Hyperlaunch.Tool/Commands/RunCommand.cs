using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch run</c>: a configuration and its modules in QEMU, or in Bochs.</summary>
internal static class RunCommand
{
    private const ulong DefaultMemory = 2ul << 30;

    public static Command Make()
    {
        CommonOptions common = new();
        Option<string> hypervisor = IsoCommand.HypervisorOption();
        Option<bool> kernel = new("--kernel")
        {
            Description = "Boot the hypervisor by QEMU's -kernel, which is faster than from an ISO.",
        };
        Option<bool> uefi = new("--uefi") { Description = "The machine's firmware is UEFI (OVMF) and not a BIOS." };
        Option<bool> intel = new("--intel")
        {
            Description
            = "A processor of Intel's with VMX, which Bochs emulates, ten times slower than QEMU AMD's."
        };
        Option<bool> headless = new("--headless") { Description = "Nobody types: there is no way to QEMU's monitor." };
        Option<string?> log = new("--log") { Description = "A copy of the console's bytes.", HelpName = "FILE" };
        Option<int> timeout = new("--timeout")
        {
            Description = "End the machine after so many seconds; the exit code is then 124.",
            HelpName = "SECONDS"
        };
        Option<string[]> extra = new("--qemu")
        {
            Description = "A further argument for QEMU; repeat it for more.",
            HelpName = "ARGUMENT",
        };
        Command command = new("run", """
            Boots a configuration in QEMU, by an ISO as `hyperlaunch iso` makes it; the machine's serial console is this terminal.
            Ctrl-] then x ends the emulator. QEMU's exit code is returned. With --intel the emulator is Bochs.

            Examples:
              hyperlaunch run machine.dts vmlinuz="console=ttyS0" initrd.img
              hyperlaunch run vmlinuz="console=ttyS0" initrd.img --kernel
              hyperlaunch run grub.cfg --memory 4G --cpus 2 --options "console=raw" --uefi
              hyperlaunch run machine.dts vmlinuz initrd.img --headless --timeout 60 --qemu=-d --qemu=int
            """);
        common.AddTo(command);
        foreach (Option option in new Option[] { hypervisor, kernel, uefi, intel, headless, log, timeout, extra })
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
                string file = parsed.GetRequiredValue(hypervisor);
                bool isInteractive = !parsed.GetValue(headless);
                uint processors = Math.Max(common.Cpus(parsed), 1);
                if (parsed.GetValue(intel))
                {
                    if (parsed.GetValue(kernel) || parsed.GetValue(uefi) || parsed.GetValue(extra) is { Length: > 0 })
                    {
                        throw new ToolException(
                            "Bochs boots from an ISO by a BIOS: leave out --intel, or --kernel, --uefi and --qemu.");
                    }

                    string iso = Path.Combine(folder, "boot.iso");
                    BootImage.Write(iso, file, configuration);
                    using FileStream? copy = parsed.GetValue(log) is string name ? File.Create(name) : null;
                    BochsPc bochs = new(folder) { Memory = memory, Processors = processors };
                    return new BochsConsole(bochs, isInteractive, copy).Run(iso, parsed.GetValue(timeout));
                }

                EmulatedPc pc = new(folder)
                {
                    Memory = memory,
                    Processors = processors,
                    IsUefi = parsed.GetValue(uefi),
                    Log = parsed.GetValue(log),
                    IsInteractive = isInteractive,
                };
                List<string> arguments = parsed.GetValue(kernel)
                    ? pc.BootKernel(file, configuration) : pc.BootIso(file, configuration);
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
