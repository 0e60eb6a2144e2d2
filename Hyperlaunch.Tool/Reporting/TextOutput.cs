using System;
using System.CommandLine;
using System.IO;
using System.Runtime.CompilerServices;
using Spectre.Console;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>Text for people: in colour where the terminal has it, plain where it goes to a file or a pipe.</summary>
internal sealed class TextOutput
{
    private readonly TextWriter _writer;
    private readonly bool _isColoured;

    /// <summary>Writes to a stream of this process.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="isRedirected">Whether it is no terminal.</param>
    public TextOutput(TextWriter writer, bool isRedirected)
    {
        _writer = writer;
        // https://no-color.org: any value but an empty one.
        _isColoured = !isRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    }

    /// <summary>Where a command's result goes.</summary>
    public static TextOutput Standard(InvocationConfiguration invocation)
        => new(invocation.Output, invocation.Output != System.Console.Out || System.Console.IsOutputRedirected);

    /// <summary>Where what it says besides goes.</summary>
    public static TextOutput Error(InvocationConfiguration invocation)
        => new(invocation.Error, invocation.Error != System.Console.Error || System.Console.IsErrorRedirected);

    /// <summary>Writes text.</summary>
    public void Write(string text, Tint tint = Tint.Plain)
    {
        if (_isColoured && tint != Tint.Plain)
        {
            WriteColoured(text, tint);
        }
        else
        {
            _writer.Write(text);
        }
    }

    /// <summary>Writes text and ends the line.</summary>
    public void WriteLine(string text = "", Tint tint = Tint.Plain)
    {
        Write(text, tint);
        _writer.Write('\n');
    }

    // Apart, so that a process that writes to a pipe never loads the library.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteColoured(string text, Tint tint)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new UnwrappedOutput(_writer) });
        console.Write(new Text(text, tint switch
        {
            Tint.Strong => new Style(decoration: Decoration.Bold),
            Tint.Faint => new Style(Color.Grey),
            Tint.Error => new Style(Color.Red, decoration: Decoration.Bold),
            Tint.Warning => new Style(Color.Yellow),
            _ => new Style(Color.Blue),
        }));
    }
}
