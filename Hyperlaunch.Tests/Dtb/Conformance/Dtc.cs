using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Hyperlaunch.Tests.Dtb.Conformance;

/// <summary>The device tree compiler, as a judge.</summary>
internal static class Dtc
{
    /// <summary>Compiles source text.</summary>
    public static byte[] Compile(byte[] source, uint bootCpu = 0) => Run($"-q -I dts -O dtb -b {bootCpu}", source);

    /// <summary>The tree in a blob, as the compiler sees it: every node, property and byte in its order.</summary>
    public static byte[] Decompile(byte[] blob) => Run("-q -I dtb -O dts", blob);

    private static byte[] Run(string arguments, byte[] input)
    {
        ProcessStartInfo start = new("dtc", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process dtc = Process.Start(start)!;
            using MemoryStream output = new();
            Task<string> errors = dtc.StandardError.ReadToEndAsync();
            Task reading = dtc.StandardOutput.BaseStream.CopyToAsync(output);
            dtc.StandardInput.BaseStream.Write(input);
            dtc.StandardInput.Close();
            Task.WaitAll(errors, reading);
            dtc.WaitForExit();
            return dtc.ExitCode == 0
                ? output.ToArray() : throw new InvalidOperationException($"dtc {arguments}: {errors.Result}");
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("dtc is missing; as root: apt-get install device-tree-compiler");
        }
    }
}
