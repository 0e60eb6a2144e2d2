using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// Writes the machine's PCI root bridge as AML (ACPI 6.5, chapters 6 and 20): its buses, ports and memory addresses, and at which
/// input of the domain's I/O APIC each interrupt pin arrives.
/// </summary>
internal ref struct PciRootAml
{
    /// <summary>Bytes that it takes at most.</summary>
    public const int MaximumSize = 512 + (PciAddress.DeviceCount * PciTopology.PinCount * RouteSize);

    private const int RouteSize = 15;

    // Section 20.2
    private const byte ZeroOp = 0x00;
    private const byte NameOp = 0x08;
    private const byte BytePrefix = 0x0A;
    private const byte WordPrefix = 0x0B;
    private const byte DwordPrefix = 0x0C;
    private const byte ScopeOp = 0x10;
    private const byte BufferOp = 0x11;
    private const byte PackageOp = 0x12;
    private const byte ExtendedPrefix = 0x5B;
    private const byte DeviceOp = 0x82;
    private const byte RootCharacter = 0x5C;

    // Section 20.2.4: a length of three bytes, of which the first says so and has four of its bits.
    private const int LengthSize = 3;
    private const byte TwoMoreBytes = 0x80;

    /// <summary>PNP0A03, a PCI host bridge, as EISAID has it.</summary>
    private const uint HostBridge = 0x030A_D041;

    // Section 6.4: descriptors of resources
    private const byte WordSpace = 0x88;
    private const byte DwordSpace = 0x87;
    private const byte QwordSpace = 0x8A;
    private const ushort WordSpaceSize = 13;
    private const ushort DwordSpaceSize = 23;
    private const ushort QwordSpaceSize = 43;
    private const byte MemoryKind = 0;
    private const byte PortKind = 1;
    private const byte BusKind = 2;
    private const byte FixedRange = 0x0C;
    private const byte EntireRange = 3;
    private const byte ReadWrite = 1;
    private const byte FixedPorts = 0x47;
    private const byte Decodes16Bits = 1;
    private const ushort EndTag = 0x0079;

    private readonly Span<byte> _bytes;
    private int _position;

    private PciRootAml(Span<byte> bytes)
    {
        _bytes = bytes;
        _position = 0;
    }

    /// <summary>Writes it.</summary>
    /// <param name="bytes">Room for <see cref="MaximumSize"/> bytes.</param>
    /// <param name="topology">The machine's buses.</param>
    /// <param name="lines">The domain's pins for the machine's lines.</param>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> bytes, PciTopology topology, RealLines lines)
    {
        PciRootAml aml = new(bytes);
        aml.WriteScope(topology, lines);
        return aml._position;
    }

    private void WriteScope(PciTopology topology, RealLines lines)
    {
        Put8(ScopeOp);
        int scope = BeginLength();
        Put8(RootCharacter);
        PutName("_SB_"u8);
        Put8(ExtendedPrefix);
        Put8(DeviceOp);
        int device = BeginLength();
        PutName("PCI0"u8);
        Put8(NameOp);
        PutName("_HID"u8);
        Put8(DwordPrefix);
        Put32(HostBridge);
        WriteResources(topology);
        WriteRoutes(topology, lines);
        EndLength(device);
        EndLength(scope);
    }

    private void WriteResources(PciTopology topology)
    {
        const ushort AddressPorts = PciPorts.AddressPort;
        const ushort AddressPortCount = 8;
        Put8(NameOp);
        PutName("_CRS"u8);
        Put8(BufferOp);
        int buffer = BeginLength();
        Put8(WordPrefix);
        int size = _position;
        Put16(0);
        int start = _position;
        PutWordSpace(BusKind, 0, 0, (ushort)topology.LastBus);
        Put8(FixedPorts);
        Put8(Decodes16Bits);
        Put16(AddressPorts);
        Put16(AddressPorts);
        Put8(1);
        Put8((byte)AddressPortCount);
        PutWordSpace(PortKind, EntireRange, 0, AddressPorts - 1);
        PutWordSpace(PortKind, EntireRange, AddressPorts + AddressPortCount, ushort.MaxValue);
        if (!topology.LowMemory.IsEmpty)
        {
            PutSpaceHeader(DwordSpace, DwordSpaceSize, MemoryKind, ReadWrite);
            Put32(0);
            Put32((uint)topology.LowMemory.Start);
            Put32((uint)(topology.LowMemory.End - 1));
            Put32(0);
            Put32((uint)topology.LowMemory.Length);
        }

        if (!topology.HighMemory.IsEmpty)
        {
            PutSpaceHeader(QwordSpace, QwordSpaceSize, MemoryKind, ReadWrite);
            Put64(0);
            Put64(topology.HighMemory.Start);
            Put64(topology.HighMemory.End - 1);
            Put64(0);
            Put64(topology.HighMemory.Length);
        }

        Put16(EndTag);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.Slice(size), (ushort)(_position - start));
        EndLength(buffer);
    }

    // Section 6.2.13: device and any function, pin from 0, no link device, the global interrupt.
    private void WriteRoutes(PciTopology topology, RealLines lines)
    {
        const uint AnyFunction = 0xFFFF;
        const int DeviceShift = 16;
        Put8(NameOp);
        PutName("_PRT"u8);
        Put8(PackageOp);
        int package = BeginLength();
        int countAt = _position;
        Put8(0);
        int count = 0;
        for (int device = 0; device < PciAddress.DeviceCount; device++)
        {
            for (int pin = 1; pin <= PciTopology.PinCount; pin++)
            {
                int interrupt = lines.Use(topology.LineOf(device, pin));
                if (interrupt >= 0)
                {
                    Put8(PackageOp);
                    int route = BeginLength();
                    Put8(4);
                    Put8(DwordPrefix);
                    Put32(((uint)device << DeviceShift) | AnyFunction);
                    Put8(BytePrefix);
                    Put8((byte)(pin - 1));
                    Put8(ZeroOp);
                    Put8(BytePrefix);
                    Put8((byte)interrupt);
                    EndLength(route);
                    count++;
                }
            }
        }

        _bytes[countAt] = (byte)count;
        EndLength(package);
    }

    private void PutWordSpace(byte kind, byte flags, ushort first, ushort last)
    {
        PutSpaceHeader(WordSpace, WordSpaceSize, kind, flags);
        Put16(0);
        Put16(first);
        Put16(last);
        Put16(0);
        Put16((ushort)(last - first + 1));
    }

    private void PutSpaceHeader(byte tag, ushort size, byte kind, byte flags)
    {
        Put8(tag);
        Put16(size);
        Put8(kind);
        Put8(FixedRange);
        Put8(flags);
    }

    private int BeginLength()
    {
        int start = _position;
        _position += LengthSize;
        return start;
    }

    private readonly void EndLength(int start)
    {
        int length = _position - start;
        _bytes[start] = (byte)(TwoMoreBytes | (length & 0xF));
        _bytes[start + 1] = (byte)(length >> 4);
        _bytes[start + 2] = (byte)(length >> 12);
    }

    private void PutName(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_bytes.Slice(_position));
        _position += name.Length;
    }

    private void Put8(byte value)
    {
        _bytes[_position] = value;
        _position++;
    }

    private void Put16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.Slice(_position), value);
        _position += sizeof(ushort);
    }

    private void Put32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.Slice(_position), value);
        _position += sizeof(uint);
    }

    private void Put64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.Slice(_position), value);
        _position += sizeof(ulong);
    }
}
