using System;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The hypervisor's own console as a place for answers: lines of the hypervisor's, which are no events.</summary>
internal sealed class ConsoleOutput : IControlOutput, ITerminal
{
    private readonly ConsoleMultiplexer _console;

    /// <summary>Makes it.</summary>
    public ConsoleOutput(ConsoleMultiplexer console) => _console = console;

    /// <summary>The machine's console waits for its device when that is full.</summary>
    public bool HasRoom => true;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> line) => _console.WriteLine("(HV) "u8, line);

    /// <inheritdoc/>
    public void Echo(ReadOnlySpan<byte> text) => _console.WriteText(text);
}
