namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// A console that a guest interface offers, beside the serial ports. The domain's gate is held, and the domain has its memory.
/// </summary>
internal interface IConsoleRing
{
    /// <summary>Whether the guest has written what has not been passed on: there was no room for it.</summary>
    bool HasOutput { get; }

    /// <summary>Passes on what the guest has written, as far as there is room.</summary>
    void Drain();

    /// <summary>A byte arrives.</summary>
    /// <returns>False when there is no room for it.</returns>
    bool TryReceive(byte value);
}
