using System.CommandLine;
using System.Globalization;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Commands;

/// <summary>The configuration and the machine, which most commands take.</summary>
internal sealed class CommonOptions
{
    private readonly Argument<string> _configuration = new("CONFIG")
    {
        Description = "A device tree as source (.dts) or blob (.dtb), or a GRUB menu with the entry that starts it.",
    };

    private readonly Argument<string[]> _modules = new("MODULE")
    {
        Description = "The modules after the configuration, in their order: FILE or FILE=STRING.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _memory = new("--memory", "-m")
    {
        Description = "The machine's memory, such as 2G.",
        HelpName = "SIZE",
    };
    private readonly Option<uint> _cpus = new("--cpus") { Description = "How many CPUs the machine has.", HelpName = "N" };
    private readonly Option<string?> _options = new("--options")
    {
        Description = "The hypervisor's command line.",
        HelpName = "TEXT",
    };
    private readonly Option<string?> _entry = new("--entry")
    {
        Description = "The title of the menu entry to read.",
        HelpName = "TITLE",
    };
    private readonly Option<string?> _root = new("--root")
    {
        Description = "The folder that the menu's absolute paths start from.",
        HelpName = "FOLDER",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_configuration);
        command.Arguments.Add(_modules);
        command.Options.Add(_memory);
        command.Options.Add(_cpus);
        command.Options.Add(_options);
        command.Options.Add(_entry);
        command.Options.Add(_root);
    }

    /// <summary>Reads the configuration that they give.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="memory">The memory to take when none is given; 0 for an unknown machine.</param>
    public LaunchConfiguration Read(ParseResult parsed, ulong memory = 0)
        => LaunchConfiguration.Read(parsed.GetRequiredValue(_configuration), new TargetMachine
        {
            Memory = Memory(parsed) is > 0 and ulong given ? given : memory,
            Processors = Cpus(parsed),
            CommandLine = parsed.GetValue(_options),
            Modules = parsed.GetValue(_modules) ?? [],
            Entry = parsed.GetValue(_entry),
            Root = parsed.GetValue(_root),
        });

    /// <summary>The machine's memory in bytes; 0 when nothing is said.</summary>
    public ulong Memory(ParseResult parsed) => ParseSize("--memory", parsed.GetValue(_memory));

    /// <summary>The machine's CPUs; 0 when nothing is said.</summary>
    public uint Cpus(ParseResult parsed) => parsed.GetValue(_cpus);

    /// <summary>Reads a size with a unit.</summary>
    /// <exception cref="ToolException">It is none.</exception>
    public static ulong ParseSize(string option, string? text)
    {
        if (text is null)
        {
            return 0;
        }

        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        bool isNumber = ulong.TryParse(
            shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong value);
        if (!isNumber || shift == 0 || value == 0 || value > (ulong.MaxValue >> shift))
        {
            throw new ToolException($"{option} {text}: a number with K, M or G is expected, such as 2G.");
        }

        return value << shift;
    }
}
