using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Tests.Modules.Images;

/// <summary>
/// Writes a bzImage with the header of a Linux 6.1 kernel and code that is recognisable; a test then changes what it is about.
/// </summary>
internal sealed class BzImageFile
{
    public const int CodeOffset = 0x4000;

    public BzImageFile(int codeSize = 0x8000)
    {
        Bytes = new byte[CodeOffset + codeSize];
        Bytes[0x1F1] = (CodeOffset / 512) - 1;
        Set32(0x1F4, (uint)(codeSize / 16));
        Set16(0x1FE, 0xAA55);
        Bytes[0x200] = 0xEB;
        Bytes[0x201] = 0x6A;
        Set32(0x202, 0x5372_6448);
        Set16(0x206, 0x020F);
        Bytes[0x211] = 0x01;
        Set32(0x214, 0x10_0000);
        Set32(0x22C, 0x7FFF_FFFF);
        Set32(0x230, 0x20_0000);
        Bytes[0x234] = 1;
        Bytes[0x235] = 0x15;
        Set16(0x236, 0x7F);
        Set32(0x238, 2047);
        Set32(0x248, 0x100);
        Set32(0x24C, (uint)codeSize - 0x200);
        Set64(0x258, 0x100_0000);
        Set32(0x260, 0x20_0000);
        for (int i = CodeOffset; i < Bytes.Length; i++)
        {
            Bytes[i] = (byte)((i * 7) ^ (i >> 8) | 1);
        }
    }

    public byte[] Bytes { get; private set; }

    public ReadOnlySpan<byte> Code => Bytes.AsSpan(CodeOffset);

    public BzImageFile Set8(int offset, byte value)
    {
        Bytes[offset] = value;
        return this;
    }

    public BzImageFile Set16(int offset, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public BzImageFile Set32(int offset, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public BzImageFile Set64(int offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public BzImageFile Resize(int length)
    {
        byte[] bytes = Bytes;
        Array.Resize(ref bytes, length);
        Bytes = bytes;
        return this;
    }
}
