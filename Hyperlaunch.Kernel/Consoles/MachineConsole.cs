using System;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Kernel.Consoles;

/// <summary>The machine's console: COM1 and the screen show the same, input comes from COM1. One processor at a time.</summary>
internal sealed class MachineConsole : IConsoleDevice
{
    /// <inheritdoc/>
    public int Room => SerialPort.Room;

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (taken < bytes.Length && SerialPort.TryWrite(bytes[taken]))
        {
            taken++;
        }

        SerialPort.Drain();
        Screen.Current?.Write(bytes[..taken]);
        return taken;
    }

    /// <inheritdoc/>
    public bool Drain()
    {
        SerialPort.Drain();
        return SerialPort.Pending != 0;
    }

    /// <inheritdoc/>
    public void GiveUp() => SerialPort.GiveUp();

    /// <inheritdoc/>
    public bool TryRead(out byte value) => SerialPort.TryRead(out value);
}
