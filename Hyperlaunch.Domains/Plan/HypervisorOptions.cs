namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// The hypervisor's command line: words separated by spaces, each an option or <c>option=value</c>; of one given twice the last
/// wins. The first word may be <c>placeholder</c>, which menu entries write where older boot loaders drop a word.
/// </summary>
public sealed class HypervisorOptions
{
    /// <summary>The path that problems of the command line have.</summary>
    public const string CommandLinePath = "command-line";

    private HypervisorOptions()
    {
    }

    /// <summary>The options that there are, as they are written.</summary>
    public static string[] Names { get; } =
        ["console", "prefix", "log", "end", "mem", "cpus", "dom0-memory", "measure", "smt"];

    /// <summary><c>console=prefixed|raw</c>: how domains' output is shown.</summary>
    public HypervisorConsole Console { get; private set; }

    /// <summary><c>log=info|debug</c>: how much is printed.</summary>
    public LogLevel Log { get; private set; }

    /// <summary><c>prefix=domid|name</c>: whether domains' lines begin with their numbers or their names.</summary>
    public bool PrefixByName { get; private set; }

    /// <summary>
    /// <c>end=poweroff|halt|reboot</c>: what follows when no domain is left. Null when it is not said: the machine is turned
    /// off, but stays at its console when something failed.
    /// </summary>
    public EndAction? End { get; private set; }

    /// <summary>
    /// <c>mem=SIZE</c>: memory from this physical address on is not used, in bytes; the largest number when all of it is.
    /// </summary>
    public ulong MemoryLimit { get; private set; } = ulong.MaxValue;

    /// <summary><c>cpus=N</c>: how many of the machine's CPUs are used at most; 0 for all.</summary>
    public uint ProcessorLimit { get; private set; }

    /// <summary><c>dom0-memory=SIZE</c>: the memory of a classic boot's dom0 in KiB; 0 for all that is left.</summary>
    public ulong Dom0MemoryKib { get; private set; }

    /// <summary><c>measure</c>: a SHA-256 of each module is printed.</summary>
    public bool Measure { get; private set; }

    /// <summary><c>smt=on|off</c>: whether a core's other threads are used.</summary>
    public bool UsesThreads { get; private set; } = true;

    /// <summary>Reads a command line; what is wrong with it is left out, and reported by the launch plan.</summary>
    public static HypervisorOptions Parse(string commandLine)
    {
        HypervisorOptions options = new();
        options.Apply(commandLine, CommandLinePath, new PlanProblems());
        return options;
    }

    /// <summary>Reads the tree's arguments, and over them the command line's.</summary>
    internal static HypervisorOptions Read(string treeArguments, string treePath, string commandLine, PlanProblems problems)
    {
        HypervisorOptions options = new();
        options.Apply(treeArguments, treePath, problems);
        options.Apply(commandLine, CommandLinePath, problems);
        return options;
    }

    private void Apply(string text, string path, PlanProblems problems)
    {
        int position = 0;
        bool first = true;
        while (position < text.Length)
        {
            if (text[position] == ' ')
            {
                position++;
                continue;
            }

            int end = text.IndexOf(' ', position);
            end = end < 0 ? text.Length : end;
            string word = text.Substring(position, end - position);
            if (!first || word != CommandLines.Placeholder)
            {
                ApplyWord(word, path, problems);
            }

            first = false;
            position = end;
        }
    }

    private void ApplyWord(string word, string path, PlanProblems problems)
    {
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word : word.Substring(0, equals);
        string value = equals < 0 ? "" : word.Substring(equals + 1);
        string expected;
        bool understood;
        switch (name)
        {
            case "console":
                expected = "console=prefixed or console=raw";
                understood = ApplyConsole(value);
                break;
            case "prefix":
                expected = "prefix=domid or prefix=name";
                understood = value is "domid" or "name";
                PrefixByName = understood ? value == "name" : PrefixByName;
                break;
            case "log":
                expected = "log=info or log=debug";
                understood = ApplyLog(value);
                break;
            case "end":
                expected = "end=poweroff, end=halt or end=reboot";
                understood = ApplyEnd(value);
                break;
            case "mem":
                expected = "mem=SIZE, a number with K, M or G";
                understood = PlanText.TryReadSize(value, 10, out ulong limit) && limit != 0;
                MemoryLimit = understood ? limit : MemoryLimit;
                break;
            case "dom0-memory":
                expected = "dom0-memory=SIZE, a number with K, M or G";
                understood = PlanText.TryReadSize(value, 10, out ulong memory) && memory >> 10 != 0;
                Dom0MemoryKib = understood ? memory >> 10 : Dom0MemoryKib;
                break;
            case "cpus":
                expected = "cpus=N, 1 or more";
                understood = PlanText.TryReadDecimal(value, value.Length, out ulong count) && count is > 0 and <= uint.MaxValue;
                ProcessorLimit = understood ? (uint)count : ProcessorLimit;
                break;
            case "smt":
                expected = "smt=on or smt=off";
                understood = value is "on" or "off";
                UsesThreads = understood ? value == "on" : UsesThreads;
                break;
            case "measure":
                expected = "measure without a value";
                understood = equals < 0;
                Measure |= understood;
                break;
            default:
                problems.Report(
                    ProblemRule.UnknownOption, path, name, PlanText.Quote(word),
                    "one of " + string.Join(", ", Names));
                return;
        }

        if (!understood)
        {
            problems.Report(ProblemRule.OptionValue, path, name, PlanText.Quote(word), expected);
        }
    }

    private bool ApplyConsole(string value)
    {
        switch (value)
        {
            case "prefixed":
                Console = HypervisorConsole.Prefixed;
                return true;
            case "raw":
                Console = HypervisorConsole.Raw;
                return true;
            default:
                return false;
        }
    }

    private bool ApplyLog(string value)
    {
        switch (value)
        {
            case "info":
                Log = LogLevel.Info;
                return true;
            case "debug":
                Log = LogLevel.Debug;
                return true;
            default:
                return false;
        }
    }

    private bool ApplyEnd(string value)
    {
        switch (value)
        {
            case "poweroff":
                End = EndAction.PowerOff;
                return true;
            case "halt":
                End = EndAction.Halt;
                return true;
            case "reboot":
                End = EndAction.Reboot;
                return true;
            default:
                return false;
        }
    }
}
