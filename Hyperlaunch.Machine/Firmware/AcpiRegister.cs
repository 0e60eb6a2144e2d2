using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>A register that an ACPI table describes (ACPI 6.5, 5.2.3.2, the generic address structure).</summary>
public readonly struct AcpiRegister
{
    private const int Size = 12;
    private const int AddressOffset = 4;

    private AcpiRegister(AcpiRegisterSpace space, ulong address)
    {
        Space = space;
        Address = address;
    }

    /// <summary>Where it lies.</summary>
    public AcpiRegisterSpace Space { get; }

    /// <summary>Its address there: a port, or a physical address.</summary>
    public ulong Address { get; }

    /// <summary>Whether there is such a register.</summary>
    public bool Exists => Space != AcpiRegisterSpace.None;

    /// <summary>A port; there is none at 0.</summary>
    public static AcpiRegister AtPort(uint port)
        => port is 0 or > ushort.MaxValue ? default : new AcpiRegister(AcpiRegisterSpace.Port, port);

    /// <summary>Reads the structure at an offset of a table; none when the table is too short, or it lies elsewhere.</summary>
    public static AcpiRegister Read(ReadOnlySpan<byte> table, int offset)
    {
        if (offset > table.Length - Size)
        {
            return default;
        }

        const byte SpaceMemory = 0;
        const byte SpacePort = 1;
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(table[(offset + AddressOffset)..]);
        return table[offset] switch
        {
            _ when address == 0 => default,
            SpaceMemory => new AcpiRegister(AcpiRegisterSpace.Memory, address),
            SpacePort when address <= ushort.MaxValue => new AcpiRegister(AcpiRegisterSpace.Port, address),
            _ => default,
        };
    }
}
