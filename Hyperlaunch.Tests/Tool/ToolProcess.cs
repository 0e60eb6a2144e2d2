using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Hyperlaunch.Tool.Commands;

namespace Hyperlaunch.Tests.Tool;

/// <summary>The command as people start it.</summary>
internal static class ToolProcess
{
    internal readonly record struct Result(int ExitCode, string Output, string Errors);

    /// <summary>
    /// Runs it within this process, which is quicker and no different where neither environment nor terminal matter.
    /// </summary>
    public static Result Run(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter errors = new();
        int exitCode = CommandLine.Run(arguments, output, errors);
        return new Result(exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Runs it in a process of its own.</summary>
    public static Result Run(Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(
            Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "hyperlaunch.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, errors.Result);
    }
}
