using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Tests.Machine.Memory;

namespace Hyperlaunch.Tests.Machine.Firmware;

/// <summary>Firmware's tables, written into a fake machine's memory.</summary>
internal sealed class AcpiImage : IDisposable
{
    public const ulong RootPointer = 0xF_0000;
    public const ulong Root = 0x10_0000;
    private const int HeaderSize = 36;

    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(
        0x400, 0x1000).With(0xE_0000, 0x2_0000).With(0x10_0000, 0x1_0000);
    private readonly List<ulong> _tables = [];
    private ulong _next = 0x10_1000;

    public IPhysicalMemory Memory => _memory;

    public Span<byte> At(ulong address, int length) => _memory.At(address, length);

    public ulong Add(string signature, params byte[] body)
    {
        ulong address = AddUnlisted(signature, body);
        _tables.Add(address);
        return address;
    }

    public ulong AddUnlisted(string signature, params byte[] body)
    {
        ulong address = _next;
        Write(address, signature, body);
        _next += ((ulong)body.Length + HeaderSize + 0xFF) & ~0xFFUL;
        return address;
    }

    public AcpiImage WithXsdt(ulong at = RootPointer)
    {
        byte[] entries = new byte[_tables.Count * 8];
        for (int i = 0; i < _tables.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entries.AsSpan(i * 8), _tables[i]);
        }

        Write(Root, "XSDT", entries);
        Span<byte> pointer = WritePointer(at, 2);
        BinaryPrimitives.WriteInt32LittleEndian(pointer[20..], 36);
        BinaryPrimitives.WriteUInt64LittleEndian(pointer[24..], Root);
        FixSum(pointer, 32);
        return this;
    }

    public AcpiImage WithRsdt(ulong at = RootPointer)
    {
        byte[] entries = new byte[_tables.Count * 4];
        for (int i = 0; i < _tables.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(entries.AsSpan(i * 4), (uint)_tables[i]);
        }

        Write(Root, "RSDT", entries);
        WritePointer(at, 0);
        return this;
    }

    public void Dispose() => _memory.Dispose();

    private static void FixSum(Span<byte> bytes, int at)
    {
        bytes[at] = 0;
        byte sum = 0;
        foreach (byte b in bytes)
        {
            sum += b;
        }

        bytes[at] = (byte)-sum;
    }

    private Span<byte> WritePointer(ulong at, byte revision)
    {
        Span<byte> pointer = At(at, 36);
        "RSD PTR "u8.CopyTo(pointer);
        pointer[15] = revision;
        BinaryPrimitives.WriteUInt32LittleEndian(pointer[16..], (uint)Root);
        FixSum(pointer[..20], 8);
        return pointer;
    }

    private void Write(ulong address, string signature, byte[] body)
    {
        Span<byte> table = At(address, HeaderSize + body.Length);
        for (int i = 0; i < signature.Length; i++)
        {
            table[i] = (byte)signature[i];
        }

        BinaryPrimitives.WriteInt32LittleEndian(table[4..], table.Length);
        body.CopyTo(table[HeaderSize..]);
        FixSum(table, 9);
    }
}
