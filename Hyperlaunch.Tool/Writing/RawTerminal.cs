using System;

namespace Hyperlaunch.Tool.Writing;

/// <summary>This terminal as a serial line: keys come at once and as they are, until it is disposed.</summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly string _settings;

    private RawTerminal(string settings) => _settings = settings;

    /// <summary>Makes it one; null where standard input is no terminal.</summary>
    public static RawTerminal? Enter()
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        ExternalProgram.Result before = ExternalProgram.Capture("stty", ["-F", "/dev/tty", "-g"]);
        ExternalProgram.Capture("stty", ["-F", "/dev/tty", "raw", "-echo"]);
        return new RawTerminal(System.Text.Encoding.ASCII.GetString(before.Output).Trim());
    }

    /// <inheritdoc/>
    public void Dispose() => ExternalProgram.Capture("stty", ["-F", "/dev/tty", _settings]);
}
