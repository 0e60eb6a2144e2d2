using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.Consoles;

/// <summary>
/// COM1, a 16550 at 115200 8n1 (PC16550D data sheet), without interrupts. Output waits in a ring until <see cref="Drain"/> finds
/// the transmitter empty and gives it as much as its FIFO holds: nobody waits for the line except <see cref="Flush"/> and a
/// panic. One processor at a time.
/// </summary>
internal static class SerialPort
{
    private const ushort Base = 0x3f8;
    private const ushort Data = Base;
    private const ushort InterruptEnable = Base + 1;
    private const ushort FifoControl = Base + 2;
    private const ushort LineControl = Base + 3;
    private const ushort ModemControl = Base + 4;
    private const ushort LineStatus = Base + 5;
    private const ushort Scratch = Base + 7;

    private const byte DivisorLatch = 1 << 7;
    private const byte EightBitsNoParity = 3;
    private const byte Divisor115200 = 1;
    private const byte FifoEnableAndClear = 7;
    private const byte ReadyAndRequest = 3;
    private const byte DataReady = 1 << 0;
    private const byte TransmitterEmpty = 1 << 5;
    private const byte LineIdle = 1 << 6;
    private const int FifoSize = 16;
    private const byte NoDevice = 0xff;

    // Reads of the line status before a transmitter counts as stuck: at 115200 baud 16 bytes take 1.4 ms, and a read about 1 us.
    private const int Patience = 100_000;

    private const int RingBits = 16;

    private static ByteRing? s_ring;

    // The transmitter has taken nothing for long. What is written is lost until it is empty again; nobody waits for it.
    private static bool s_isStuck;

    /// <summary>Whether there is a port. Until <see cref="Start"/> has looked, there is none.</summary>
    public static bool IsPresent { get; private set; }

    /// <summary>Bytes that wait for the line.</summary>
    public static uint Pending => TypeManager.IsStarted && s_ring is { } ring ? ring.Count : 0;

    /// <summary>
    /// How many bytes <see cref="TryWrite"/> would take now. A machine without a port takes everything and drops it, and so
    /// does a port that is stuck.
    /// </summary>
    public static int Room => IsPresent && !s_isStuck ? (1 << RingBits) - (int)Pending : int.MaxValue;

    /// <summary>Finds the port and programs it.</summary>
    public static void Start()
    {
        const byte probe = 0x5a;
        Ports.Write8(Scratch, probe);
        if (Ports.Read8(Scratch) != probe || Ports.Read8(LineStatus) == NoDevice)
        {
            return;
        }

        Ports.Write8(InterruptEnable, 0);
        Ports.Write8(LineControl, DivisorLatch | EightBitsNoParity);
        Ports.Write8(Data, Divisor115200);
        Ports.Write8(InterruptEnable, 0);
        Ports.Write8(LineControl, EightBitsNoParity);
        Ports.Write8(FifoControl, FifoEnableAndClear);
        Ports.Write8(ModemControl, ReadyAndRequest);
        IsPresent = true;
    }

    /// <summary>Queues a byte.</summary>
    /// <returns>False when the ring is full.</returns>
    public static bool TryWrite(byte value)
    {
        if (!IsPresent)
        {
            return true;
        }

        s_ring ??= new ByteRing(RingBits);
        return s_ring.TryPut(value) || s_isStuck;
    }

    /// <summary>Takes the transmitter for stuck until it is empty again.</summary>
    public static void GiveUp() => s_isStuck = true;

    /// <summary>Gives the transmitter what it has room for; returns at once.</summary>
    public static void Drain()
    {
        if (s_ring is not { } ring || ring.Count == 0 || (Ports.Read8(LineStatus) & TransmitterEmpty) == 0)
        {
            return;
        }

        s_isStuck = false;
        for (int i = 0; i < FifoSize && ring.TryTake(out byte value); i++)
        {
            Ports.Write8(Data, value);
        }
    }

    /// <summary>Waits until everything queued has left the port: what is in its FIFO when the machine goes off is lost.</summary>
    public static void Flush()
    {
        FillTransmitter();
        if (IsPresent)
        {
            WaitFor(LineIdle);
        }
    }

    /// <summary>Takes a byte that was received.</summary>
    /// <returns>False when there is none.</returns>
    public static bool TryRead(out byte value)
    {
        // All ones are nothing's status: the port is gone.
        byte status = IsPresent ? Ports.Read8(LineStatus) : (byte)0;
        IsPresent &= status != NoDevice;
        bool ready = IsPresent && (status & DataReady) != 0;
        value = ready ? Ports.Read8(Data) : (byte)0;
        return ready;
    }

    /// <summary>Sends a byte after everything queued, waiting for room.</summary>
    public static void WriteSynchronously(byte value)
    {
        FillTransmitter();
        if (IsPresent && WaitFor(TransmitterEmpty))
        {
            Ports.Write8(Data, value);
        }
    }

    private static void FillTransmitter()
    {
        while (Pending != 0 && WaitFor(TransmitterEmpty))
        {
            Drain();
        }
    }

    // Once in vain is enough: what comes after it, a panic's many bytes, looks and does not wait.
    private static bool WaitFor(byte status)
    {
        for (int i = 0; i < (s_isStuck ? 1 : Patience); i++)
        {
            if ((Ports.Read8(LineStatus) & status) != 0)
            {
                s_isStuck = false;
                return true;
            }

            Processor.Pause();
        }

        s_isStuck = true;
        return false;
    }
}
