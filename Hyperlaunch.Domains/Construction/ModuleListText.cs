using System.Text;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// The list of modules as a boot domain reads it, a line a module: <c>INDEX KIND ADDRESS SIZE STRING</c>, parted by one blank
/// each. The kind is <see cref="ModuleKindNames"/>'s word, the address is hexadecimal with <c>0x</c>, the size counts bytes, and
/// the string is the boot loader's, to the end of the line; where it is empty, the blank before it is missing too.
/// </summary>
internal static class ModuleListText
{
    private const char Delete = '\x7F';
    private const char LastControl = '\x9F';

    /// <summary>
    /// Appends the line of one module. A control character in its string becomes a question mark, so that a line is always one
    /// module. Allocates.
    /// </summary>
    /// <param name="text">The list so far.</param>
    /// <param name="module">The module.</param>
    /// <param name="kind">What it is used as.</param>
    public static void Append(StringBuilder text, BootModule module, ModuleKind kind)
    {
        text.Append(NumberText.Decimal((ulong)module.Index)).Append(' ').Append(ModuleKindNames.Name(kind));
        text.Append(' ').Append(NumberText.Hex(module.Range.Start)).Append(' ').Append(NumberText.Decimal(module.Range.Length));
        if (module.CommandLine.Length != 0)
        {
            text.Append(' ');
            AppendPrintable(text, module.CommandLine);
        }

        text.Append('\n');
    }

    private static void AppendPrintable(StringBuilder text, string words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            char character = words[i];
            bool isControl = character < ' ' || (character >= Delete && character <= LastControl);
            text.Append(isControl ? '?' : character);
        }
    }
}
