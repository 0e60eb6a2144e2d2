using System;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>Where the hypervisor's finished lines go.</summary>
public interface IEventSink
{
    /// <summary>Takes one whole line with its end. No line of the hypervisor's may be lost.</summary>
    void WriteLine(ReadOnlySpan<byte> line);
}
