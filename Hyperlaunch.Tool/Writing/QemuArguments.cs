using System;
using System.Collections.Generic;
using System.IO;

namespace Hyperlaunch.Tool.Writing;

/// <summary>
/// What QEMU is told, whoever starts it: the machine of <c>build/qemu.args</c>, its firmware, and boot modules.
/// </summary>
internal static class QemuArguments
{
    private const string UefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    private const string UefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

    /// <summary>The machine: the arguments of <c>build/qemu.args</c>, which this program carries a copy of.</summary>
    public static IReadOnlyList<string> Machine { get; } = ReadMachine();

    /// <summary>A value inside an option, where a comma parts what follows and two stand for one.</summary>
    public static string Value(string text) => text.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>A boot module as <c>-initrd</c> takes it, a comma between two: the first blank ends the file's name.</summary>
    /// <param name="file">The file's name, without a blank.</param>
    /// <param name="text">The module's string; it may be empty.</param>
    public static string Module(string file, string text) => Value(text.Length == 0 ? file : $"{file} {text}");

    /// <summary>UEFI's firmware in place of the BIOS, with a store of variables of its own.</summary>
    /// <param name="folder">Where the store is put.</param>
    /// <exception cref="ToolException">The firmware is not installed.</exception>
    public static List<string> Uefi(string folder)
    {
        string variables = Path.Combine(folder, "variables.fd");
        BootImage.RequireFile(UefiCode, "UEFI's firmware; install it with: apt-get install ovmf");
        File.Copy(UefiVariables, variables);
        return
        [
            "-drive", $"if=pflash,format=raw,readonly=on,file={UefiCode}",
            "-drive", $"if=pflash,format=raw,file={Value(variables)}",
        ];
    }

    private static List<string> ReadMachine()
    {
        using Stream file = typeof(QemuArguments).Assembly.GetManifestResourceStream("qemu.args")!;
        using StreamReader reader = new(file);
        List<string> arguments = [];
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                arguments.AddRange(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return arguments;
    }
}
