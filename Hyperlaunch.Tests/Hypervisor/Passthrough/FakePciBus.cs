using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Passthrough;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

/// <summary>
/// Functions with 256 bytes each, whose base addresses keep the bits that their size leaves. Every write is noted.
/// </summary>
internal sealed class FakePciBus : IPciBus
{
    private readonly Dictionary<ushort, byte[]> _functions = [];
    private readonly Dictionary<(ushort Function, int Offset), uint> _barMasks = [];

    /// <summary>Writes as <c>function:offset/size=value</c>, all hexadecimal but the size.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>Accesses that were not aligned.</summary>
    public int Misaligned { get; private set; }

    public byte[] Add(PciAddress address, uint identity = 0x1234_1AF4, uint code = 0x0100_0000, byte header = 0)
    {
        byte[] space = new byte[256];
        BinaryPrimitives.WriteUInt32LittleEndian(space, identity);
        BinaryPrimitives.WriteUInt32LittleEndian(space.AsSpan(8), code);
        space[0x0E] = header;
        _functions[address.Value] = space;
        return space;
    }

    public byte[] Space(PciAddress address) => _functions[address.Value];

    /// <summary>Gives a function a base address of which only the bits of <paramref name="mask"/> can be written.</summary>
    public void Bar(PciAddress address, int index, uint value, uint mask)
    {
        int offset = 0x10 + (index * 4);
        BinaryPrimitives.WriteUInt32LittleEndian(_functions[address.Value].AsSpan(offset), value);
        _barMasks[(address.Value, offset)] = mask;
    }

    /// <summary>Puts a capability, and the link to the next, at an offset.</summary>
    public void Capability(PciAddress address, int offset, byte id, byte next)
    {
        _functions[address.Value][0x06] |= 0x10;
        _functions[address.Value][offset] = id;
        _functions[address.Value][offset + 1] = next;
    }

    public uint Read(PciAddress address, int offset, int size)
    {
        Check(offset, size);
        if (!_functions.TryGetValue(address.Value, out byte[]? space))
        {
            return size == 4 ? uint.MaxValue : (1u << (size * 8)) - 1;
        }

        uint value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (uint)space[offset + i] << (i * 8);
        }

        return value;
    }

    public void Write(PciAddress address, int offset, int size, uint value)
    {
        Check(offset, size);
        Writes.Add($"{address.Value:x}:{offset:x}/{size}={value:x}");
        if (!_functions.TryGetValue(address.Value, out byte[]? space))
        {
            return;
        }

        if (offset is >= 0x10 and < 0x28)
        {
            uint mask = _barMasks.GetValueOrDefault((address.Value, offset));
            uint old = BinaryPrimitives.ReadUInt32LittleEndian(space.AsSpan(offset));
            value = (value & mask) | (old & ~mask);
        }

        for (int i = 0; i < size; i++)
        {
            space[offset + i] = (byte)(value >> (i * 8));
        }
    }

    private void Check(int offset, int size) => Misaligned += (offset & (size - 1)) != 0 || offset + size > 256 ? 1 : 0;
}
