using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>One event of the console contract: <c>(HV) @&lt;milliseconds&gt; &lt;event&gt; key=value ...</c>.</summary>
internal sealed partial class ConsoleEvent
{
    private readonly Dictionary<string, string> _values;

    private ConsoleEvent(double milliseconds, string name, IReadOnlyList<string> keys, Dictionary<string, string> values)
    {
        Milliseconds = milliseconds;
        Name = name;
        Keys = keys;
        _values = values;
    }

    /// <summary>Since the hypervisor's entry.</summary>
    public double Milliseconds { get; }

    public string Name { get; }

    /// <summary>The keys in the order shown.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>A key's value without its quotes; null when the event does not carry the key.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Reads one line; null when it is no event. GRUB leaves a carriage return before the first one.</summary>
    public static ConsoleEvent? Parse(string line)
    {
        Match match = EventLine().Match(line.Trim('\r'));
        if (!match.Success)
        {
            return null;
        }

        List<string> keys = [];
        Dictionary<string, string> values = [];
        Group pairs = match.Groups["pair"];
        Group quoted = match.Groups["value"];
        for (int i = 0; i < pairs.Captures.Count; i++)
        {
            string key = pairs.Captures[i].Value;
            keys.Add(key);
            values[key] = quoted.Captures[i].Value.Trim('"');
        }

        double milliseconds = double.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture);
        return new ConsoleEvent(milliseconds, match.Groups["name"].Value, keys, values);
    }

    /// <summary>Every event of a whole log.</summary>
    public static List<ConsoleEvent> ParseAll(string log)
    {
        List<ConsoleEvent> events = [];
        foreach (string line in log.Split('\n'))
        {
            if (Parse(line) is ConsoleEvent found)
            {
                events.Add(found);
            }
        }

        return events;
    }

    [GeneratedRegex(
        """^\(HV\) @(?<time>\d+\.\d+) (?<name>[a-z][a-z0-9-]*)"""
        + """(?: (?<pair>[a-z][a-z0-9-]*)=(?<value>"[^"]*"|[^ "]*))*$""")]
    private static partial Regex EventLine();
}
