using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Hyperlaunch.Tests.Machine;

/// <summary>Bochs' log: its own words on what went wrong.</summary>
internal static class BochsLog
{
    private const int TailLines = 25;

    // Such a line tells each exit of a guest; an ordinary end is a panic too.
    private static readonly string[] Noise = ["VMEXIT:", "ACPI control: soft power off"];

    /// <summary>Where it is, in the folder of a machine.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "bochs.log");

    /// <summary>The last errors and panics; empty when there are none.</summary>
    public static string Diagnosis(string folder)
    {
        string file = FileIn(folder);
        if (!File.Exists(file))
        {
            return "";
        }

        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        List<string> lines = [];
        while (reader.ReadLine() is string line)
        {
            if (IsComplaint(line) && !Noise.Any(noise => line.Contains(noise, StringComparison.Ordinal)))
            {
                lines.Add("    " + line);
            }
        }

        return lines.Count == 0 ? "" : $"The last words of Bochs:\n{string.Join('\n', lines.TakeLast(TailLines))}\n";
    }

    // <ticks><level>[<device>] <words>, where the level is e for errors and p for panics.
    private static bool IsComplaint(string line)
    {
        int bracket = line.IndexOf('[', StringComparison.Ordinal);
        return bracket > 0 && line[bracket - 1] is 'e' or 'p';
    }
}
