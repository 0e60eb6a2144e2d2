using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>Compiles source text with dtc.</summary>
internal static class DeviceTreeCompiler
{
    /// <summary>Compiles a source; a test in which dtc is missing, or refuses the source, fails and says so.</summary>
    public static byte[] Compile(string source)
    {
        // -q -q: warnings are the linter's business; -f: what a test wants to be odd may be odd.
        ProcessStartInfo start = new("dtc", ["-q", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", "-", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Assert.Fail("dtc is missing; install the package device-tree-compiler (apt-get install device-tree-compiler).");
        }

        using (process)
        {
            process!.StandardInput.Write(source);
            process.StandardInput.Close();
            using MemoryStream output = new();
            process.StandardOutput.BaseStream.CopyTo(output);
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, "dtc refused the source: " + errors);
            return output.ToArray();
        }
    }
}
