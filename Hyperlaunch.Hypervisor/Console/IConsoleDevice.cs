using System;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>The machine's console: what people read and type at. It never waits for the line to be free.</summary>
public interface IConsoleDevice
{
    /// <summary>Queues bytes for output, as many as there is room for.</summary>
    /// <returns>How many were taken, from the front.</returns>
    int Write(ReadOnlySpan<byte> bytes);

    /// <summary>How many bytes <see cref="Write"/> would take now.</summary>
    int Room { get; }

    /// <summary>Moves queued output on, as far as the line takes it without waiting.</summary>
    /// <returns>Whether some of it still waits.</returns>
    bool Drain();

    /// <summary>
    /// Waits for the line no longer, which has taken nothing for so long that it must be stuck: until it moves again,
    /// <see cref="Write"/> takes everything, and the line loses it.
    /// </summary>
    void GiveUp();

    /// <summary>Takes one byte that was typed.</summary>
    /// <returns>False when there is none.</returns>
    bool TryRead(out byte value);
}
