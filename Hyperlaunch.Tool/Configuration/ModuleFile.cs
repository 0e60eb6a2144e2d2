using System;
using System.IO;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>A boot module as a file on a desk.</summary>
internal sealed record ModuleFile(string Path, string Text, SourceSpan Place)
{
    /// <summary>Whether the file is there.</summary>
    public bool Exists => File.Exists(Path);

    /// <summary>Reads <c>FILE[=STRING]</c>, as the command line has it.</summary>
    public static ModuleFile Parse(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? argument : argument[..equals];
        return new ModuleFile(path, equals < 0 ? "" : argument[(equals + 1)..], SourceSpan.Whole(path));
    }
}
