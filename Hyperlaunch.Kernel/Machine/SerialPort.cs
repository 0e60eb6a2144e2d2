namespace Hyperlaunch.Kernel.Machine;

/// <summary>COM1, a 16550.</summary>
internal static class SerialPort
{
    private const ushort Base = 0x3f8;
    private const ushort LineStatus = Base + 5;
    private const byte TransmitterEmpty = 1 << 5;
    private const int Patience = 100_000;

    /// <summary>Sends a byte, waiting for room; gives up on a port that never has any.</summary>
    public static void WriteSynchronously(byte value)
    {
        for (int i = 0; i < Patience && (Ports.Read8(LineStatus) & TransmitterEmpty) == 0; i++)
        {
        }

        Ports.Write8(Base, value);
    }
}
