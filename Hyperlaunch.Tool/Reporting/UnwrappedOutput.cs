using System.IO;
using System.Text;
using Spectre.Console;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>A terminal whose lines are not broken at its width: what is written may be copied into a search.</summary>
internal sealed class UnwrappedOutput(TextWriter writer) : IAnsiConsoleOutput
{
    private const int Unbounded = 10_000;

    /// <inheritdoc/>
    public TextWriter Writer => writer;

    /// <inheritdoc/>
    public bool IsTerminal => true;

    /// <inheritdoc/>
    public int Width => Unbounded;

    /// <inheritdoc/>
    public int Height => Unbounded;

    /// <inheritdoc/>
    public void SetEncoding(Encoding encoding)
    {
    }
}
