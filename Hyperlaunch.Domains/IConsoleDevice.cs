using System;

namespace Hyperlaunch.Domains;

/// <summary>The machine's console: what people read and type at. It never waits for the line to be free.</summary>
public interface IConsoleDevice
{
    /// <summary>Queues bytes for output, as many as there is room for.</summary>
    /// <returns>How many were taken, from the front.</returns>
    int Write(ReadOnlySpan<byte> bytes);

    /// <summary>How many bytes <see cref="Write"/> would take now.</summary>
    int Room { get; }

    /// <summary>Takes one byte that was typed.</summary>
    /// <returns>False when there is none.</returns>
    bool TryRead(out byte value);
}
