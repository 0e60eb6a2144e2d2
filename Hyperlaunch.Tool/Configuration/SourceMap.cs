using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>Where in its source each node and property of a tree was written, by dtc's annotated output.</summary>
internal sealed partial class SourceMap
{
    private readonly Dictionary<string, SourceSpan> _places = [];

    private SourceMap()
    {
    }

    /// <summary>Asks dtc.</summary>
    public static SourceMap Of(string file)
    {
        SourceMap map = new();
        ExternalProgram.Result result = ExternalProgram.Capture(
            "dtc", ["-q", "-q", "-f", "-T", "-T", "-I", "dts", "-O", "dts", "-o", "-", file]);
        List<string> path = [];
        foreach (string line in Encoding.UTF8.GetString(result.Output).Split('\n'))
        {
            map.Read(line.Trim(), path, file);
        }

        return map;
    }

    /// <summary>The place of a property, or of the node when it has no such property, or of the nearest node above.</summary>
    public SourceSpan? Find(string path, string property)
    {
        string first = property.Split(',')[0];
        foreach (string candidate in (string[])[property, first])
        {
            if (candidate.Length > 0 && _places.TryGetValue(path + "\n" + candidate, out SourceSpan place))
            {
                return place;
            }
        }

        for (string node = path; node.Length > 0;
            node = node.LastIndexOf('/') is > 0 and int slash ? node[..slash] : node == "/" ? "" : "/")
        {
            if (_places.TryGetValue(node, out SourceSpan place))
            {
                return place;
            }
        }

        return null;
    }

    private void Read(string line, List<string> path, string file)
    {
        if (line.StartsWith("};", StringComparison.Ordinal))
        {
            if (path.Count > 0)
            {
                path.RemoveAt(path.Count - 1);
            }

            return;
        }

        Match node = NodeLine().Match(line);
        if (node.Success)
        {
            string name = node.Groups["name"].Value;
            path.Add(name == "/" ? "" : name);
            Place(Join(path), line, file);
            return;
        }

        Match property = PropertyLine().Match(line);
        if (property.Success)
        {
            Place(Join(path) + "\n" + property.Groups["name"].Value, line, file);
        }
    }

    private void Place(string key, string line, string file)
    {
        // dtc lists every place at which a node was added to; the last is the one that counts.
        int start = Math.Max(
            line.LastIndexOf("/* ", StringComparison.Ordinal) + 3, line.LastIndexOf(", ", StringComparison.Ordinal) + 2);
        Match match = Annotation().Match(line[start..]);
        if (match.Success)
        {
            string source = match.Groups["file"].Value;
            _places.TryAdd(key, new SourceSpan(
                Path.GetFullPath(source) == Path.GetFullPath(file) ? file : source, Number(match, "l1"), Number(match, "c1"),
                Number(match, "l2"), Number(match, "c2")));
        }
    }

    private static string Join(List<string> path) => path.Count <= 1 ? "/" : string.Join('/', path);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:\w+:\s*)*(?<name>[^\s;=""]+) \{ /\*")]
    private static partial Regex NodeLine();

    [GeneratedRegex(@"^(?<name>[^\s;="":]+)(?: =|;)")]
    private static partial Regex PropertyLine();

    [GeneratedRegex(@"^(?<file>.+):(?<l1>\d+):(?<c1>\d+)-(?<l2>\d+):(?<c2>\d+) \*/$")]
    private static partial Regex Annotation();
}
