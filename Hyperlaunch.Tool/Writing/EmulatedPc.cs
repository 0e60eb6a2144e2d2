using System.Collections.Generic;
using System.IO;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Writing;

/// <summary>The PC that <c>hyperlaunch run</c> has QEMU emulate.</summary>
internal sealed class EmulatedPc
{
    // What ends QEMU or reaches its monitor: Ctrl-A, QEMU's own choice, is the hypervisor's.
    private const string EscapeKey = "0x1d";

    private readonly string _folder;

    /// <summary>Makes the machine.</summary>
    /// <param name="folder">Where its files may be put.</param>
    public EmulatedPc(string folder) => _folder = folder;

    /// <summary>Its memory in bytes.</summary>
    public ulong Memory { get; init; }

    /// <summary>How many CPUs it has.</summary>
    public uint Processors { get; init; } = 1;

    /// <summary>Whether its firmware is UEFI and not a BIOS.</summary>
    public bool IsUefi { get; init; }

    /// <summary>A file that receives a copy of the console; null for none.</summary>
    public string? Log { get; init; }

    /// <summary>Whether a person is at the console, who wants a way out.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>QEMU's arguments for a boot from an ISO by GRUB.</summary>
    public List<string> BootIso(string hypervisor, LaunchConfiguration configuration)
    {
        string iso = Path.Combine(_folder, "boot.iso");
        BootImage.Write(iso, hypervisor, configuration);
        return [.. Machine(), "-cdrom", iso];
    }

    /// <summary>QEMU's arguments for a boot of the hypervisor's file itself, which is faster.</summary>
    /// <exception cref="ToolException">A file is missing, or QEMU cannot be told its name.</exception>
    public List<string> BootKernel(string hypervisor, LaunchConfiguration configuration)
    {
        if (IsUefi)
        {
            throw new ToolException("QEMU's -kernel needs the BIOS: leave out --kernel or --uefi.");
        }

        List<string> modules = [];
        foreach ((string name, byte[] bytes, string text) in BootImage.Modules(configuration))
        {
            string file = Path.Combine(_folder, $"{modules.Count}-{name}".Replace(' ', '_'));
            File.WriteAllBytes(file, bytes);
            modules.Add(QemuArguments.Module(file, text));
        }

        BootImage.RequireFile(hypervisor, BootImage.HypervisorHint);
        return [.. Machine(), "-kernel", hypervisor, "-append", configuration.CommandLine, "-initrd", string.Join(',', modules)];
    }

    private List<string> Machine()
    {
        string log = Log is null ? "" : ",logfile=" + QemuArguments.Value(Log);
        List<string> arguments =
        [
            .. QemuArguments.Machine, "-display", "none", "-m", $"{Memory >> 20}M", "-smp", $"{Processors}",
            "-chardev", $"stdio,id=com1,signal=off{log}{(IsInteractive ? ",mux=on" : "")}", "-serial", "chardev:com1",
        ];
        if (IsInteractive)
        {
            arguments.AddRange(["-mon", "chardev=com1", "-echr", EscapeKey]);
        }

        if (IsUefi)
        {
            arguments.AddRange(QemuArguments.Uefi(_folder));
        }

        return arguments;
    }
}
