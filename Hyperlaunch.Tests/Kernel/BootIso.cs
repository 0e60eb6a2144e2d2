using System.IO;
using System.Linq;
using Hyperlaunch.Tests.Tool;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>The ISO of a machine of the tests.</summary>
internal static class BootIso
{
    /// <summary>The ISO that the options name, or one made in <paramref name="folder"/> of the modules that they name.</summary>
    public static string For(MachineOptions options, string folder)
    {
        if (options.Iso is string made)
        {
            return made;
        }

        // An ISO has at least one module; what needs none does not look at it.
        BootFile[] modules = options.Modules.Count != 0
            ? [.. options.Modules] : [new(RepositoryFiles.Write("no-module", "none"u8))];
        string iso = Path.Combine(folder, "boot.iso");
        ToolProcess.Result result = ToolProcess.Run(
            [
                "iso", .. modules.Select(m => m.Words.Length == 0 ? m.Path : $"{m.Path}={m.Words}"),
                "--options", options.CommandLineWithEnd, "--hypervisor", options.Kernel, "-o", iso, "--force",
            ]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return iso;
    }
}
