using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Hyperlaunch.Tests.Kernel;
using Xunit;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>What the documents name is there: a type that was renamed is renamed in them, too.</summary>
public sealed partial class DocumentedNamesTests
{
    private static readonly HashSet<string> Endings = [".cs", ".S", ".inc", ".ld", ".sh", ".xml", ".targets", ".props"];
    private static readonly HashSet<string> MadeFolders = ["bin", "obj", "out", "cache", ".git"];

    public static TheoryData<string> Documents => new(
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "docs"), "*.md")
            .Concat(Directory.EnumerateFiles(RepositoryFiles.Root, "*.md"))
            .Select(file => Path.GetRelativePath(RepositoryFiles.Root, file))
            .Order());

    private static readonly Lazy<HashSet<string>> s_known = new(Known);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_name_of_the_code_in_a_document_is_one(string document)
    {
        string text = File.ReadAllText(Path.Combine(RepositoryFiles.Root, document));
        Assert.Empty(Unknown(text));
    }

    [Fact]
    public void A_name_that_is_gone_is_found() => Assert.Equal(
        ["NoSuch" + "Type", "Gone" + "File.cs"],
        Unknown("`DomainPlan`, `NoSuch" + "Type` and `Gone" + "File.cs`, but not `CPUID` nor `VMRUN`."));

    private static string[] Unknown(string text)
        => [.. CodeName().Matches(text).Select(match => match.Groups[1].Value).Where(name => !IsKnown(name)).Distinct()];

    // A type with a member of its, a file, or a word of a source.
    private static bool IsKnown(string name)
        => s_known.Value.Contains(name) || name.Split('.').All(s_known.Value.Contains);

    private static HashSet<string> Known()
    {
        HashSet<string> known = [];
        foreach (FileInfo file in Files(new DirectoryInfo(RepositoryFiles.Root)))
        {
            known.Add(file.Name);
            known.Add(Path.GetFileNameWithoutExtension(file.Name));
            if (Endings.Contains(file.Extension))
            {
                known.UnionWith(Word().Matches(File.ReadAllText(file.FullName)).Select(match => match.Value));
            }
        }

        return known;
    }

    private static IEnumerable<FileInfo> Files(DirectoryInfo folder) => folder.EnumerateFiles()
        .Concat(folder.EnumerateDirectories().Where(inner => !MadeFolders.Contains(inner.Name)).SelectMany(Files));

    // Two humps at least: what manuals write is in capitals.
    [GeneratedRegex("`([A-Z][a-z0-9]+[A-Z][A-Za-z0-9.]*[A-Za-z0-9])`")]
    private static partial Regex CodeName();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]+")]
    private static partial Regex Word();
}
