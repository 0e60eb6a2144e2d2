using System;
using System.Buffers.Binary;
using System.Text;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>Images that look to a launch plan like kernels of each kind, and some that look like none.</summary>
internal static class FakeKernel
{
    private const int PageSize = 4096;

    public static byte[] Make(string kind)
    {
        int equals = kind.IndexOf('=', StringComparison.Ordinal);
        int size = equals < 0 ? 0 : int.Parse(kind[(equals + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        return (equals < 0 ? kind : kind[..equals]) switch
        {
            "pvh" => Elf(hasNote: true),
            "small" => Elf(hasNote: true, address: 1 << 20),
            "elf" => Elf(hasNote: false),
            "bzimage" => BzImage(),
            "bzimage-old" => BzImage(version: 0x0205),
            "bzimage-large" => BzImage(initialSize: 32 << 20),
            "bzimage-short-cmdline" => BzImage(commandLineSize: 255),
            "text" => Encoding.ASCII.GetBytes("#!/bin/sh\nexec /sbin/init\n"),
            "empty" => [],
            "zeros" => new byte[size],
            _ => throw new ArgumentException("no such kind of image: " + kind),
        };
    }

    /// <summary>A 64-bit ELF file with one segment, by default at 16 MiB, and with a PVH note or another one.</summary>
    public static byte[] Elf(bool hasNote, uint address = 16 << 20)
    {
        const int programHeaders = 0x40;
        const int note = 0x100;
        const int code = 0x200;
        byte[] file = new byte[PageSize];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(file, 0);
        Write16(file, 0x10, 2); // e_type: executable
        Write16(file, 0x12, 62); // e_machine: x86-64
        Write32(file, 0x14, 1);
        Write64(file, 0x18, address);
        Write64(file, 0x20, programHeaders);
        Write16(file, 0x34, 0x40);
        Write16(file, 0x36, 0x38);
        Write16(file, 0x38, 2);
        WriteProgramHeader(file, programHeaders, type: 1, code, address, PageSize - code, 0x10000);
        WriteProgramHeader(file, programHeaders + 0x38, type: 4, note, 0, 0x14, 0x14);
        Write32(file, note, 4); // name size
        Write32(file, note + 4, 4); // value size
        Write32(file, note + 8, hasNote ? 18u : 6u); // XEN_ELFNOTE_PHYS32_ENTRY, or another
        Encoding.ASCII.GetBytes("Xen\0").CopyTo(file, note + 12);
        Write32(file, note + 16, address);
        return file;
    }

    /// <summary>A relocatable bzImage with a 64-bit entry.</summary>
    public static byte[] BzImage(ushort version = 0x020F, uint initialSize = 1 << 20, uint commandLineSize = 2047)
    {
        byte[] file = new byte[PageSize];
        const int codeOffset = 0x400;
        file[0x1F1] = (codeOffset / 512) - 1;
        Write32(file, 0x1F4, (PageSize - codeOffset) / 16);
        Write16(file, 0x1FE, 0xAA55);
        file[0x201] = 0x6A;
        Write32(file, 0x202, 0x53726448); // HdrS
        Write16(file, 0x206, version);
        file[0x211] = 1; // LOADED_HIGH
        Write32(file, 0x22C, 0x7FFFFFFF);
        Write32(file, 0x230, 2 << 20);
        file[0x234] = 1; // relocatable_kernel
        Write16(file, 0x236, 3); // XLF_KERNEL_64, XLF_CAN_BE_LOADED_ABOVE_4G
        Write32(file, 0x238, commandLineSize);
        Write64(file, 0x258, 16 << 20);
        Write32(file, 0x260, initialSize);
        return file;
    }

    private static void WriteProgramHeader(
        byte[] file, int at, uint type, ulong offset, ulong address, ulong fileSize, ulong memorySize)
    {
        Write32(file, at, type);
        Write32(file, at + 4, 5);
        Write64(file, at + 8, offset);
        Write64(file, at + 16, address);
        Write64(file, at + 24, address);
        Write64(file, at + 32, fileSize);
        Write64(file, at + 40, memorySize);
        Write64(file, at + 48, 4);
    }

    private static void Write16(byte[] file, int at, ushort value)
        => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void Write32(byte[] file, int at, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    private static void Write64(byte[] file, int at, ulong value)
        => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
