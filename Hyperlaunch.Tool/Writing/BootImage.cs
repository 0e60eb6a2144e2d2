using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Writing;

/// <summary>Makes a bootable ISO, for BIOS and UEFI, of the hypervisor, a configuration and its modules.</summary>
internal static class BootImage
{
    /// <summary>The hypervisor that a source tree's build leaves behind.</summary>
    public const string DefaultHypervisor = "build/out/hyperlaunch.elf";

    /// <summary>What is said of the hypervisor's file where it is missing.</summary>
    public const string HypervisorHint = "the hypervisor; build/build.sh makes it, --hypervisor says where it is";

    // It boots without waiting; hold Shift to see it. UEFI firmware sends GRUB's words to COM1 itself; under BIOS a failure would
    // otherwise be seen on the screen only.
    private const string Menu = """
        set timeout=0
        set timeout_style=hidden
        insmod all_video
        if [ "$grub_platform" = pc ]; then
          serial --unit=0 --speed=115200
          terminal_output --append serial
        fi
        menuentry 'Hyperlaunch' {

        """;

    /// <summary>Makes it.</summary>
    /// <exception cref="ToolException">A file or a program is missing, or the program fails.</exception>
    public static void Write(string iso, string hypervisor, LaunchConfiguration configuration)
    {
        RequireFile(hypervisor, HypervisorHint);
        string folder = Directory.CreateTempSubdirectory("hyperlaunch-iso").FullName;
        try
        {
            string boot = Directory.CreateDirectory(Path.Combine(folder, "boot", "grub")).Parent!.FullName;
            File.Copy(hypervisor, Path.Combine(boot, "hyperlaunch.elf"));
            StringBuilder menu = new(Menu);
            menu.Append("  multiboot2 /boot/hyperlaunch.elf ").Append(Escape(configuration.CommandLine)).Append('\n');
            int index = 0;
            foreach ((string name, byte[] bytes, string text) in Modules(configuration))
            {
                string file = $"{index++}-{name}";
                File.WriteAllBytes(Path.Combine(boot, file), bytes);
                menu.Append("  module2 /boot/").Append(Escape(file)).Append(' ').Append(Escape(text)).Append('\n');
            }

            File.WriteAllText(Path.Combine(boot, "grub", "grub.cfg"), menu.Append("}\n").ToString());
            ExternalProgram.Result result = ExternalProgram.Capture(
                "grub-mkrescue", ["--fonts=", "--locales=", "--themes=", "-o", iso, folder]);
            if (result.ExitCode != 0)
            {
                throw new ToolException($"grub-mkrescue could not make {iso}: {result.Errors.Trim()}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The boot modules: a name for each, its bytes, a compiled tree's in place of its source, and its string.</summary>
    public static IEnumerable<(string Name, byte[] Bytes, string Text)> Modules(LaunchConfiguration configuration)
    {
        for (int i = 0; i < configuration.Modules.Count; i++)
        {
            ModuleFile module = configuration.Modules[i];
            bool isTree = i == 0 && configuration.Tree is not null;
            RequireFile(module.Path, $"module {i}");
            yield return isTree
                ? (Path.GetFileNameWithoutExtension(module.Path) + ".dtb", configuration.Tree!.Blob, module.Text)
                : (Path.GetFileName(module.Path), File.ReadAllBytes(module.Path), module.Text);
        }
    }

    /// <summary>Complains of a file that is missing.</summary>
    /// <exception cref="ToolException">It is.</exception>
    public static void RequireFile(string file, string what)
    {
        if (!File.Exists(file))
        {
            throw new ToolException($"There is no file {file} ({what}).");
        }
    }

    /// <summary>Takes from GRUB's shell what it would read as syntax.</summary>
    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char character in text)
        {
            bool isPlain = char.IsAsciiLetterOrDigit(character) || " ,._-/:=@%+".Contains(character, StringComparison.Ordinal);
            escaped.Append(isPlain ? "" : "\\").Append(character);
        }

        return escaped.ToString();
    }
}
