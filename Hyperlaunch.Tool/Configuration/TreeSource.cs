using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>A device tree from a <c>.dts</c>, which dtc compiles, or a <c>.dtb</c>.</summary>
internal sealed partial class TreeSource
{
    private SourceMap? _map;

    private TreeSource(string file, bool isSource)
    {
        File = file;
        IsSource = isSource;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Whether it is source text, so that problems have a line.</summary>
    public bool IsSource { get; }

    /// <summary>The blob; empty when the source does not compile.</summary>
    public byte[] Blob { get; private set; } = [];

    /// <summary>What dtc says of the source.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>Reads a file; it is a blob when it begins as one.</summary>
    /// <exception cref="ToolException">It cannot be read, or dtc is missing.</exception>
    public static TreeSource Read(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            throw new ToolException($"There is no file {file}.");
        }

        byte[] bytes = System.IO.File.ReadAllBytes(file);
        bool isBlob = DeviceTree.HasMagic(bytes) || Path.GetExtension(file) is ".dtb" or ".dtbo";
        TreeSource tree = new(file, !isBlob);
        if (isBlob)
        {
            tree.Blob = bytes;
        }
        else
        {
            tree.Compile();
        }

        return tree;
    }

    /// <summary>The place of a node or property, as near as can be said.</summary>
    public SourceSpan Place(string path, string property)
    {
        if (!IsSource || path.Length == 0 || path[0] != '/')
        {
            return SourceSpan.Whole(File);
        }

        _map ??= SourceMap.Of(File);
        return _map.Find(path, property) ?? SourceSpan.Whole(File);
    }

    private void Compile()
    {
        ExternalProgram.Result result = ExternalProgram.Capture("dtc", ["-I", "dts", "-O", "dtb", "-o", "-", File]);
        bool isCompiled = result.ExitCode == 0;
        foreach (string line in result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Match match = Message().Match(line);
            bool isError = line.Contains("error", StringComparison.OrdinalIgnoreCase) && !isCompiled;
            if (match.Success && (isError || isCompiled))
            {
                Findings.Add(Report(isError, match));
            }
        }

        if (isCompiled)
        {
            Blob = result.Output;
        }
        else if (Findings.Count == 0)
        {
            string said = result.Errors.Trim().Replace('\n', ' ');
            Findings.Add(new Finding(
                ProblemSeverity.LaunchError, Finding.SourceRule, SourceSpan.Whole(File), "/", "", said,
                    "a source that dtc compiles", ""));
        }
    }

    private Finding Report(bool isError, Match match)
    {
        int line = int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture);
        int column = int.Parse(match.Groups["column"].Value, CultureInfo.InvariantCulture);
        Group path = match.Groups["path"];
        return new Finding(
            isError ? ProblemSeverity.LaunchError : ProblemSeverity.Warning, Finding.SourceRule,
            new SourceSpan(File, line, column, line, column), path.Success ? path.Value : "/", "", match.Groups["text"].Value,
            isError ? "a source that dtc compiles" : "", isError ? "Correct the source here or just before." : "");
    }

    // "Error: file:line.column-column text" of the parser, "file:line.column-line.column: Warning (check): /path: text" of the
    // checks.
    [GeneratedRegex(
        @"^(?:\w+: )?(?<file>[^:]+):(?<line>\d+)\.(?<column>\d+)(?:-[\d.]+)?:? "
        + @"(?:(?:Warning|ERROR) \((?<check>\w+)\): (?<path>/[^:]*): )?(?<text>.*)$")]
    private static partial Regex Message();
}
