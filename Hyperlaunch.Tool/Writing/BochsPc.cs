using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Hyperlaunch.Tool.Writing;

/// <summary>A PC that Bochs emulates: with a processor of Intel's or AMD's, both with their virtualization extension.</summary>
internal sealed class BochsPc
{
    /// <summary>The model with Intel's VMX.</summary>
    public const string Intel = "corei7_skylake_x";

    /// <summary>The model with AMD's SVM.</summary>
    public const string Amd = "ryzen";

    private const string Firmware = "/usr/share/bochs/BIOS-bochs-latest";
    private const string ScreenFirmware = "/usr/share/bochs/VGABIOS-lgpl-latest";

    private readonly string _folder;

    /// <summary>Makes the machine.</summary>
    /// <param name="folder">Where its files may be put.</param>
    public BochsPc(string folder) => _folder = folder;

    /// <summary>Its processor, as Bochs names models.</summary>
    public string Model { get; init; } = Intel;

    /// <summary>Its memory in bytes.</summary>
    public ulong Memory { get; init; }

    /// <summary>How many CPUs it has.</summary>
    public uint Processors { get; init; } = 1;

    /// <summary>Bochs' arguments for a boot from an ISO by GRUB, COM1 being a TCP connection to this host.</summary>
    /// <param name="iso">The ISO.</param>
    /// <param name="port">Where the connection is waited for.</param>
    public List<string> Boot(string iso, int port)
    {
        BootImage.RequireFile(Firmware, "Bochs' BIOS; install it with: apt-get install bochs bochs-term bochsbios vgabios");
        string settings = Path.Combine(_folder, "bochsrc");

        // Time is counted in instructions, so many a second that a guest's timers are not all of its work. Without a VBE the boot
        // loader leaves the screen in text mode; with one it crashes in Bochs' own.
        File.WriteAllText(settings, $"""
            megs: {Memory >> 20}
            cpu: model={Model}, count={Processors}, ips=400000000, reset_on_triple_fault=0
            clock: sync=none
            romimage: file={Firmware}
            vgaromimage: file={ScreenFirmware}
            vga: extension=none
            display_library: rfb, options="timeout=0"
            ata0-master: type=cdrom, path={iso}, status=inserted
            boot: cdrom
            com1: enabled=1, mode=socket-client, dev=localhost:{port}
            log: {LogFile}
            panic: action=fatal

            """);

        // Debian builds Bochs with its debugger, which waits for this command.
        string commands = Path.Combine(_folder, "commands");
        File.WriteAllText(commands, "continue\n");
        return ["-q", "-f", settings, "-rc", commands];
    }

    /// <summary>
    /// What Bochs complained of, last words last: failed checks of a guest's entry, and its own end when that was no power-off.
    /// </summary>
    /// <param name="count">How many lines at most.</param>
    public IEnumerable<string> Complaints(int count)
    {
        if (!File.Exists(LogFile))
        {
            return [];
        }

        using FileStream stream = new(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        Queue<string> lines = new();
        while (reader.ReadLine() is string line)
        {
            if (IsComplaint(line))
            {
                lines.Enqueue(line);
                if (lines.Count > count)
                {
                    lines.Dequeue();
                }
            }
        }

        return lines;
    }

    /// <summary>Whether Bochs ended by itself for a reason of its own; its exit code does not tell.</summary>
    public bool HasPanicked => Complaints(int.MaxValue).Any(line => line.Contains(">>PANIC<<", StringComparison.Ordinal));

    private string LogFile => Path.Combine(_folder, "bochs.log");

    // <ticks><level>[<device>] <words>, where the level is e for errors and p for panics. Each exit of a guest is told as an
    // error, and turning off as a panic.
    private static bool IsComplaint(string line)
    {
        int bracket = line.IndexOf('[', StringComparison.Ordinal);
        return bracket > 0 && line[bracket - 1] is 'e' or 'p'
            && !line.Contains("VMEXIT:", StringComparison.Ordinal)
            && !line.Contains("soft power off", StringComparison.Ordinal);
    }
}
