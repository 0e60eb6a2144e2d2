using System;
using System.Diagnostics;
using System.IO;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Where the scripts under <c>build/</c> leave what the machine tests boot.</summary>
internal static class RepositoryFiles
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    public static string Kernel => Made("build/out/hyperlaunch.elf", "build/build.sh");

    /// <summary>The same as an ELF file of 64 bits with symbols.</summary>
    public static string KernelWithSymbols => Made("build/out/hyperlaunch.debug.elf", "build/build.sh");

    /// <summary>The kernel with tests of itself in it.</summary>
    public static string SelfTestKernel => Made("build/out/hyperlaunch-selftest.elf", "dotnet build Hyperlaunch.SelfTest");

    /// <summary>The ISO as a user gets it: the seed's configuration and the sample guest.</summary>
    public static string Iso => Made("build/out/hyperlaunch.iso", "build/build.sh");

    public static string SeedLcm => Path.Combine(Root, "build/samples/seed-dom0.dts");

    /// <summary>The sample guest's kernel as a bzImage.</summary>
    public static string LinuxImage => Made("build/cache/guest/vmlinuz", "build/fetch-guest.sh");

    /// <summary>The same kernel as an ELF file with a PVH entry.</summary>
    public static string LinuxElf => Made("build/cache/guest/vmlinux", "build/fetch-guest.sh");

    public static string Initrd => Made("build/cache/guest/initrd", "build/fetch-guest.sh");

    /// <summary>The same with drivers for the machine's disks and network cards.</summary>
    public static string HardwareInitrd => Made("build/cache/guest/initrd-hardware", "build/fetch-guest.sh");

    /// <summary>The same with drivers for the disks and networks that domains give each other.</summary>
    public static string DomainsInitrd => Made("build/cache/guest/initrd-domains", "build/fetch-guest.sh");

    /// <summary>A guest of the folder <c>Guests</c>, assembled.</summary>
    public static string Guest(string name) => Made($"build/out/guests/{name}.elf", "build/guests.sh");

    /// <summary>A file under <c>build/out/tests</c> with this content.</summary>
    public static string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Combine(Root, "build/out/tests", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Runs a program to its end, which must be a success.</summary>
    public static void Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors}");
        }
    }

    private static string Made(string path, string script)
    {
        string full = Path.Combine(Root, path);
        return File.Exists(full) ? full : throw new FileNotFoundException($"{path} is missing; {script} makes it.");
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hyperlaunch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run from inside the repository.");
    }
}
