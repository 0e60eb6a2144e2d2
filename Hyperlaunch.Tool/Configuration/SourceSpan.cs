namespace Hyperlaunch.Tool.Configuration;

/// <summary>A place in a text file; lines and columns count from 1. Line 0 is the file as a whole.</summary>
internal readonly record struct SourceSpan(string File, int Line, int Column, int EndLine, int EndColumn)
{
    /// <summary>A file as a whole.</summary>
    public static SourceSpan Whole(string file) => new(file, 0, 0, 0, 0);

    /// <summary>The place as compilers print it.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
