using System;
using System.CommandLine;
using System.IO;
using Hyperlaunch.Tool.Reporting;

namespace Hyperlaunch.Tool.Commands;

/// <summary>The command and its subcommands.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line and says in one sentence what kept it from being done.</summary>
    /// <param name="arguments">The words after the command's name.</param>
    /// <param name="output">Where its result goes; null for standard output.</param>
    /// <param name="error">Where what it says besides goes; null for standard error.</param>
    public static int Run(string[] arguments, TextWriter? output = null, TextWriter? error = null)
    {
        InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false };
        invocation.Output = output ?? invocation.Output;
        invocation.Error = error ?? invocation.Error;
        ParseResult parsed = Root().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError mistake in parsed.Errors)
            {
                Fail(invocation, mistake.Message);
            }

            return ExitCode.Failure;
        }

        try
        {
            return parsed.Invoke(invocation);
        }
        catch (ToolException exception)
        {
            return Fail(invocation, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(invocation, exception.Message);
        }
    }

    /// <summary>The root command.</summary>
    public static RootCommand Root()
    {
        RootCommand root = new("""
            Checks, explains, converts and starts Hyperlaunch configurations. It reads them with the hypervisor's own code, so
            that what it says is what happens at boot.

            Exit codes: 0 nothing is wrong, 1 the configuration has errors, 2 it could not be done.

            Examples:
              hyperlaunch lint machine.dts
              hyperlaunch lint grub.cfg --memory 2G
              hyperlaunch explain machine.dts vmlinuz="console=ttyS0" initrd.img --memory 2G
              hyperlaunch new "Classic: Cloud" --kernel vmlinuz --initrd initrd.img --memory 512M
              hyperlaunch run grub.cfg
            """);
        root.Subcommands.Add(LintCommand.Make());
        root.Subcommands.Add(ExplainCommand.Make());
        root.Subcommands.Add(ConvertCommand.Make());
        root.Subcommands.Add(NewCommand.Make());
        root.Subcommands.Add(IsoCommand.Make());
        root.Subcommands.Add(RunCommand.Make());
        root.Subcommands.Add(CompletionCommand.Make());
        return root;
    }

    private static int Fail(InvocationConfiguration invocation, string message)
    {
        TextOutput error = TextOutput.Error(invocation);
        error.Write("hyperlaunch: ", Tint.Error);
        error.WriteLine(message);
        return ExitCode.Failure;
    }
}
