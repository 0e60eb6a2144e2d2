using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>The end of the machine's life, readable: says what happened and halts. Allocates nothing and takes no lock.</summary>
internal static unsafe class Panic
{
    /// <summary>Prints the reason and halts.</summary>
    public static void Stop(string reason)
    {
        Write("(HV) panic: ");
        Write(reason);
        Write("\r\n");
        Processor.HaltForever();
    }

    /// <summary>Prints which runtime service was asked for in vain, and halts.</summary>
    /// <param name="name">Zero-terminated.</param>
    public static void StopUnsupported(byte* name)
    {
        Write("(HV) panic: the kernel has no runtime service ");
        int length = 0;
        while (name[length] != 0)
        {
            length++;
        }

        Write(name, length);
        Write("\r\n");
        Processor.HaltForever();
    }

    /// <summary>Prints bytes of ASCII.</summary>
    public static void Write(byte* text, int length)
    {
        for (int i = 0; i < length; i++)
        {
            SerialPort.WriteSynchronously(text[i]);
        }
    }

    /// <summary>Prints text.</summary>
    public static void Write(string text)
    {
        foreach (char c in text)
        {
            SerialPort.WriteSynchronously((byte)c);
        }
    }
}
