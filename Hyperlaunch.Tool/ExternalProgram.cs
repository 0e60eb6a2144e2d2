using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Hyperlaunch.Tool;

/// <summary>Programs of the system that commands need, and what to install when one is missing.</summary>
internal static class ExternalProgram
{
    private static readonly Dictionary<string, string> s_packages = new()
    {
        ["bochs"] = "bochs bochs-term bochsbios vgabios",
        ["dtc"] = "device-tree-compiler",
        ["grub-mkrescue"] = "grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools",
        ["qemu-system-x86_64"] = "qemu-system-x86",
    };

    /// <summary>What a program left behind.</summary>
    internal readonly record struct Result(int ExitCode, byte[] Output, string Errors);

    /// <summary>Runs a program to its end and takes what it writes.</summary>
    /// <exception cref="ToolException">It is not installed.</exception>
    public static Result Capture(string program, IEnumerable<string> arguments, byte[]? input = null)
    {
        using Process process = Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            process.StandardInput.BaseStream.Write(input);
        }

        process.StandardInput.Close();
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return new Result(process.ExitCode, output.ToArray(), errors.Result);
    }

    /// <summary>Runs a program on this terminal.</summary>
    /// <returns>Its exit code; 124 when the time was up and it was ended.</returns>
    /// <exception cref="ToolException">It is not installed.</exception>
    public static int Run(string program, IEnumerable<string> arguments, int timeoutSeconds = 0)
    {
        using Process process = Start(new ProcessStartInfo(program, arguments));
        if (timeoutSeconds > 0 && !process.WaitForExit(TimeSpan.FromSeconds(timeoutSeconds)))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return 124;
        }

        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Starts a program that neither reads nor writes this terminal.</summary>
    /// <exception cref="ToolException">It is not installed.</exception>
    public static Process StartSilent(string program, IEnumerable<string> arguments)
    {
        Process process = Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ToolException($"{start.FileName} could not be started.");
        }
        catch (Win32Exception)
        {
            string packages = s_packages.GetValueOrDefault(start.FileName, start.FileName);
            throw new ToolException($"{start.FileName} is missing; install it with: apt-get install {packages}");
        }
    }
}
