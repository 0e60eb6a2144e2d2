using System;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The machine's ports less those that the hypervisor keeps, which read all ones and swallow what is written. Offsets are ports.
/// </summary>
internal sealed class RealPorts : IPortDevice
{
    private const int PortCount = 0x1_0000;
    private const int BitsPerByte = 8;

    private readonly IMachineHardware _hardware;
    private readonly byte[] _kept = new byte[PortCount / BitsPerByte];

    /// <summary>Makes the device.</summary>
    public RealPorts(IMachineHardware hardware)
    {
        _hardware = hardware;
        ReadOnlySpan<PortRange> kept = hardware.KeptPorts;
        for (int i = 0; i < kept.Length; i++)
        {
            for (int port = kept[i].First; port <= kept[i].Last; port++)
            {
                _kept[port / BitsPerByte] |= (byte)(1 << (port & (BitsPerByte - 1)));
            }
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        ushort port = (ushort)offset;
        if (IsPassed(port, size))
        {
            return _hardware.ReadPort(port, size);
        }

        if (size == 1)
        {
            return 0xFF;
        }

        uint bytes = 0;
        for (int i = 0; i < size; i++)
        {
            bytes |= ReadPort(port + i, 1) << (i * BitsPerByte);
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        ushort port = (ushort)offset;
        if (IsPassed(port, size))
        {
            _hardware.WritePort(port, size, value);
            return;
        }

        for (int i = 0; size > 1 && i < size; i++)
        {
            WritePort(port + i, 1, (value >> (i * BitsPerByte)) & 0xFF);
        }
    }

    private bool IsPassed(ushort port, int size)
    {
        bool isPassed = port + size <= PortCount;
        for (int i = 0; isPassed && i < size; i++)
        {
            isPassed = (_kept[(port + i) / BitsPerByte] & (1 << ((port + i) & (BitsPerByte - 1)))) == 0;
        }

        return isPassed;
    }
}
