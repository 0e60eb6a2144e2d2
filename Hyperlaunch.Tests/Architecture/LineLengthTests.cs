using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Tests.Kernel;
using Xunit;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>No line of the sources is wider than a page of two columns of code.</summary>
public class LineLengthTests
{
    private const int Widest = 130;

    private static readonly HashSet<string> Endings = [".cs", ".S", ".inc", ".sh", ".ld"];
    private static readonly HashSet<string> MadeFolders = ["bin", "obj", "out", "cache", ".git"];

    [Fact]
    public void No_line_of_a_source_is_wider_than_130_columns() =>
        Assert.Empty(Sources(new DirectoryInfo(RepositoryFiles.Root)).SelectMany(WideLines));

    private static IEnumerable<FileInfo> Sources(DirectoryInfo folder) => folder.EnumerateFiles()
        .Where(file => Endings.Contains(file.Extension))
        .Concat(folder.EnumerateDirectories().Where(inner => !MadeFolders.Contains(inner.Name)).SelectMany(Sources));

    private static IEnumerable<string> WideLines(FileInfo file) => File.ReadLines(file.FullName)
        .Select((line, index) => (Length: line.Length, Number: index + 1))
        .Where(line => line.Length > Widest)
        .Select(line => $"{Path.GetRelativePath(RepositoryFiles.Root, file.FullName)}:{line.Number}: {line.Length} columns");
}
