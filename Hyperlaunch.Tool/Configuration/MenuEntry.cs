using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>A GRUB menu entry that starts the hypervisor: its line, and its modules.</summary>
internal sealed class MenuEntry
{
    private static readonly string[] s_kernelWords = ["multiboot2", "multiboot"];
    private static readonly string[] s_moduleWords = ["module2", "module"];

    private MenuEntry(string name) => Name = name;

    /// <summary>The entry's title.</summary>
    public string Name { get; }

    /// <summary>The hypervisor's own arguments.</summary>
    public string CommandLine { get; private set; } = "";

    /// <summary>Where they are.</summary>
    public SourceSpan CommandLinePlace { get; private set; }

    /// <summary>The modules, the first being the configuration or a kernel.</summary>
    public List<ModuleFile> Modules { get; } = [];

    /// <summary>Whether a text has an entry, so that it is a menu and not a device tree.</summary>
    public static bool IsIn(string text)
        => text.Split('\n').Any(line => Array.IndexOf(s_kernelWords, Split(line).FirstOrDefault()) >= 0);

    /// <summary>Reads an entry.</summary>
    /// <param name="file">The menu's file.</param>
    /// <param name="name">The entry's title; null for the first that starts a Multiboot kernel.</param>
    /// <param name="root">The folder that the menu's absolute paths start from; null for the menu's own.</param>
    /// <exception cref="ToolException">There is no such entry.</exception>
    public static MenuEntry Read(string file, string? name, string? root)
    {
        string[] lines = File.ReadAllLines(file);
        List<MenuEntry> entries = [];
        MenuEntry current = new("");
        for (int i = 0; i < lines.Length; i++)
        {
            List<string> words = Split(lines[i]);
            if (words.Count == 0)
            {
                continue;
            }

            int column = lines[i].Length - lines[i].TrimStart().Length + 1;
            SourceSpan place = new(file, i + 1, column, i + 1, lines[i].TrimEnd().Length + 1);
            if (words[0] == "menuentry" && words.Count > 1)
            {
                current = new MenuEntry(words[1]);
            }
            else if (Array.IndexOf(s_kernelWords, words[0]) >= 0 && words.Count > 1)
            {
                entries.Add(current);
                current.CommandLine = Arguments(words, 2);
                current.CommandLinePlace = place;
            }
            else if (Array.IndexOf(s_moduleWords, words[0]) >= 0)
            {
                int path = words.FindIndex(1, word => !word.StartsWith("--", StringComparison.Ordinal));
                if (path > 0)
                {
                    current.Modules.Add(new ModuleFile(Resolve(file, root, words[path]), Arguments(words, path + 1), place));
                }
            }
        }

        MenuEntry? entry = entries.Find(candidate => name is null || candidate.Name == name);
        return entry ?? throw new ToolException(name is null
            ? $"{file} has no multiboot2 line."
            : $"{file} has no entry named \"{name}\" with a multiboot2 line; it has: "
                + $"{string.Join(", ", entries.Select(e => $"\"{e.Name}\""))}.");
    }

    private static string Arguments(List<string> words, int from) => string.Join(' ', words.Skip(from));

    /// <summary>
    /// Finds a module below the root, or beside the menu; a tree that is there as source only is taken as such.
    /// </summary>
    private static string Resolve(string file, string? root, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        // GRUB's paths may begin with a device or a variable: (hd0,gpt2)/boot/x, $root/x.
        string relative = path[Math.Max(path.IndexOf('/', StringComparison.Ordinal), 0)..].TrimStart('/');
        string[] candidates =
        [
            Path.Combine(root ?? folder, relative),
            Path.Combine(folder, Path.GetFileName(relative)),
        ];
        foreach (string candidate in candidates)
        {
            string source = Path.ChangeExtension(candidate, ".dts");
            if (File.Exists(candidate) || (Path.GetExtension(candidate) == ".dtb" && File.Exists(source)))
            {
                return Shorten(File.Exists(candidate) ? candidate : source);
            }
        }

        return Shorten(candidates[0]);
    }

    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>Splits a line as GRUB's shell does: quotes, backslashes, a comment after a hash at a word's start.</summary>
    private static List<string> Split(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char character = line[i];
            if (quote != '\0' ? character == quote : character is '\'' or '"')
            {
                quote = quote == '\0' ? character : '\0';
                isWord = true;
            }
            else if (character == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                isWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(character))
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isWord = false;
            }
            else if (quote == '\0' && character == '#' && !isWord)
            {
                break;
            }
            else
            {
                word.Append(character);
                isWord = true;
            }
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
