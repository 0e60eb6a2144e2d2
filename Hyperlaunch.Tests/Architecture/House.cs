using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Tests.Kernel;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>The built assemblies of the house.</summary>
internal static class House
{
    /// <summary>The libraries, which a host can load: they lie beside the tests.</summary>
    public static IReadOnlyList<string> Libraries { get; } =
        ["Hyperlaunch.Dtb", "Hyperlaunch.Machine", "Hyperlaunch.Modules", "Hyperlaunch.Platform", "Hyperlaunch.Domains",
            "Hyperlaunch.Hypervisor",
         "Hyperlaunch.Virtualization"];

    /// <summary>The files of the libraries, the command and the kernel.</summary>
    public static IEnumerable<string> Product() =>
        Libraries.Append("hyperlaunch").Select(FileOf).Append(BuiltIn("Hyperlaunch.Kernel"));

    /// <summary>The product's files and the kernel's with tests of itself in it.</summary>
    public static IEnumerable<string> ProductAndSelfTest() => Product().Append(BuiltIn("Hyperlaunch.SelfTest"));

    /// <summary>The file of an assembly that lies beside the tests.</summary>
    public static string FileOf(string assembly) => Path.Combine(System.AppContext.BaseDirectory, assembly + ".dll");

    // No host can load a kernel's assembly, but anyone can read it.
    private static string BuiltIn(string project)
    {
        string folder = Path.Combine(RepositoryFiles.Root, project, "bin/Release");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, project + ".dll", SearchOption.AllDirectories).First()
            : throw new FileNotFoundException($"{project} is not built; build/test.sh --fast builds it.");
    }
}
