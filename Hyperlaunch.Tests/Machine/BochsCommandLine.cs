using System.Collections.Generic;
using System.IO;

namespace Hyperlaunch.Tests.Machine;

/// <summary>What Bochs is told about a machine of the tests.</summary>
internal static class BochsCommandLine
{
    /// <summary>Makes what the machine needs in <paramref name="folder"/> and says how to start it.</summary>
    /// <param name="options">What to boot.</param>
    /// <param name="folder">Where the ISO, the settings and <see cref="BochsLog"/>'s file go.</param>
    /// <param name="port">The local TCP port that the machine's COM1 connects to.</param>
    public static List<string> For(MachineOptions options, string folder, int port)
    {
        Xunit.Assert.True(options.Processor is not null, "Bochs has to be told which processor.");
        string settings = Path.Combine(folder, "bochsrc");

        // Time is counted in instructions: as many a second as the fewest that do not make timers the guests' main work. Without a
        // VBE the boot loader leaves the screen in text mode; with one it crashes in Bochs' own.
        File.WriteAllText(settings, $"""
            megs: {options.MemoryMebibytes}
            cpu: model={options.Processor}, count={options.Processors}, ips=400000000, reset_on_triple_fault=0
            clock: sync=none
            romimage: file=/usr/share/bochs/BIOS-bochs-latest
            vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
            vga: extension=none
            display_library: rfb, options="timeout=0"
            ata0-master: type=cdrom, path={BootIso.For(options, folder)}, status=inserted
            boot: cdrom
            com1: enabled=1, mode=socket-client, dev=localhost:{port}
            log: {BochsLog.FileIn(folder)}
            panic: action=fatal

            """);

        // Debian builds Bochs with its debugger, which waits for this command.
        string commands = Path.Combine(folder, "commands");
        File.WriteAllText(commands, "continue\n");
        return ["-q", "-f", settings, "-rc", commands];
    }
}
