using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>QEMU's arguments for a machine of the tests.</summary>
internal static class QemuCommandLine
{
    /// <summary>Makes what the machine needs in <paramref name="folder"/> and says how to start it.</summary>
    public static List<string> For(MachineOptions options, string folder)
    {
        List<string> arguments =
        [
            .. QemuArguments.Machine.Select(
                argument => argument == "tcg" && !options.IsParallel ? "tcg,thread=single" : argument),
            "-display", "none", "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1",
            "-m", $"{options.MemoryMebibytes}M", "-machine", "memory-backend=ram",
            "-object", $"memory-backend-ram,id=ram,size={options.MemoryMebibytes}M,reserve=off", "-smp", $"{options.Processors}",
            .. options.Devices,
        ];
        if (options.Kind is string kind)
        {
            arguments.AddRange(["-machine", kind]);
        }

        if (options.Processor is string processor)
        {
            arguments.AddRange(["-cpu", processor]);
        }

        if (options.IsDeterministic)
        {
            arguments.AddRange(["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2025-01-01,clock=vm"]);
        }

        if (options.BootPath == BootPath.Direct)
        {
            arguments.AddRange(["-kernel", options.Kernel, "-append", options.CommandLineWithEnd]);
            if (options.Modules.Count != 0)
            {
                arguments.AddRange(
                    ["-initrd", string.Join(
                    ',', options.Modules.Select(module => QemuArguments.Module(module.Path, module.Words)))]);
            }

            return arguments;
        }

        arguments.AddRange(["-cdrom", BootIso.For(options, folder)]);
        if (options.BootPath == BootPath.Uefi)
        {
            arguments.AddRange(QemuArguments.Uefi(folder));
        }

        return arguments;
    }
}
