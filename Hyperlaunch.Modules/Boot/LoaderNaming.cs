using System;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// Which boot loaders put a file's name before its arguments. The Multiboot specifications leave the form of the strings to the
/// loader. GRUB 2 passes the words after the file name only, under both protocols; QEMU (<c>-kernel</c>, <c>-initrd</c>) and
/// GRUB Legacy pass the file name as the first word. Any other loader is taken to pass arguments only, because a word lost from
/// them is worse than a word too many.
/// </summary>
internal static class LoaderNaming
{
    /// <summary>Whether this loader's strings begin with a file name.</summary>
    /// <param name="loaderName">The name that it gave.</param>
    public static bool PutsFileNameFirst(string loaderName)
        => loaderName.StartsWith("qemu", StringComparison.Ordinal)
            || loaderName.StartsWith("GNU GRUB 0.", StringComparison.Ordinal);

    /// <summary>The string without its first word and the spaces after it.</summary>
    public static string WithoutFirstWord(string text)
    {
        int position = 0;
        while (position < text.Length && text[position] != ' ')
        {
            position++;
        }

        while (position < text.Length && text[position] == ' ')
        {
            position++;
        }

        return text.Substring(position);
    }
}
