using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tool.Writing;

namespace Hyperlaunch.Tool.Commands;

/// <summary><c>hyperlaunch new</c>: a configuration to start from.</summary>
internal static class NewCommand
{
    public static Command Make()
    {
        Argument<string?> name = new("NAME")
        {
            Description = "One of the ten configurations; without it they are listed.",
            Arity = ArgumentArity.ZeroOrOne
        };
        name.CompletionSources.Add(
            _ => Starter.Names.Select(candidate => new System.CommandLine.Completions.CompletionItem(candidate)));
        Option<string> kernel = new("--kernel")
        {
            Description = "The kernel's file.",
            DefaultValueFactory = _ => "vmlinuz",
            HelpName = "FILE",
        };
        Option<string?> ramdisk = new("--initrd") { Description = "The initial ramdisk's file.", HelpName = "FILE" };
        Option<string> memory = new("--memory", "-m")
        {
            Description = "Each domain's memory.",
            DefaultValueFactory = _ => "256M",
            HelpName = "SIZE",
        };
        Option<uint> cpus = new("--cpus")
        {
            Description = "Each domain's virtual CPUs.",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        Option<string> arguments = new("--args")
        {
            Description = "The kernels' command line.",
            DefaultValueFactory = _ => "console=ttyS0",
            HelpName = "TEXT"
        };
        Option<int?> guests = new("--guests")
        {
            Description = "How many ordinary domains (default: 2 where there may be any).",
            HelpName = "N",
        };
        Option<string> output = new("--output", "-o")
        {
            Description = "The folder to write to.",
            DefaultValueFactory = _ => ".",
            HelpName = "FOLDER",
        };
        Command command = new("new", """
            Writes a configuration to start from, with comments, and the GRUB menu entry beside it.

            Examples:
              hyperlaunch new
              hyperlaunch new "Classic: Dom0" --kernel vmlinuz --initrd initrd.img --memory 512M
              hyperlaunch new "Dynamic: Full" --guests 4 -o machine
            """);
        command.Arguments.Add(name);
        foreach (Option option in (Option[])[kernel, ramdisk, memory, cpus, arguments, guests, output])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            string? wanted = parsed.GetValue(name);
            if (wanted is null)
            {
                foreach (string candidate in Starter.Names)
                {
                    parsed.InvocationConfiguration.Output.Write(candidate + "\n");
                }

                return ExitCode.Success;
            }

            NamedConfiguration named = Find(wanted);
            int others = parsed.GetValue(guests) ?? Math.Min(2, named.MostOthers);
            if (others < named.LeastOthers || others > named.MostOthers)
            {
                throw new ToolException(
                    $"--guests {others}: {named.Name} has {named.LeastOthers} to {named.MostOthers} ordinary domains.");
            }

            Starter starter = new(named)
            {
                Kernel = parsed.GetRequiredValue(kernel),
                Ramdisk = parsed.GetValue(ramdisk),
                MemoryKib = CommonOptions.ParseSize("--memory", parsed.GetRequiredValue(memory)) >> 10,
                Cpus = parsed.GetValue(cpus),
                CommandLine = parsed.GetRequiredValue(arguments),
                Others = others,
            };
            string folder = parsed.GetRequiredValue(output);
            Directory.CreateDirectory(folder);
            Write(parsed, Path.Combine(folder, starter.FileName + ".dts"), starter.Tree());
            Write(parsed, Path.Combine(folder, starter.FileName + ".cfg"), starter.Menu());
            return ExitCode.Success;
        });
        return command;
    }

    private static NamedConfiguration Find(string name)
        => NamedConfiguration.All.FirstOrDefault(named => string.Equals(named.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ToolException($"There is no configuration \"{name}\"; there are: {string.Join(", ", Starter.Names)}.");

    private static void Write(ParseResult parsed, string file, string text)
    {
        if (File.Exists(file))
        {
            throw new ToolException($"{file} exists; remove it, or choose another folder with -o.");
        }

        File.WriteAllText(file, text);
        parsed.InvocationConfiguration.Output.Write($"wrote {file}\n");
    }
}
