using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Writes a boot domain's material as a cpio archive of the "newc" format, which Linux unpacks into its initramfs after the
/// archive before it (Linux Documentation/driver-api/early-userspace/buffer-format.rst; the names in brackets are its fields).
/// The content is written from where it lies into the domain's memory; nothing is allocated.
/// </summary>
internal static class BootArchive
{
    /// <summary>Headers and contents begin at multiples of this, counted from the ramdisk's start.</summary>
    public const ulong Alignment = 4;

    private const int HeaderSize = 110;
    private const int FieldDigits = 8;
    private const int InodeField = 6; // c_ino
    private const int ModeField = 14; // c_mode
    private const int LinksField = 38; // c_nlink
    private const int FileSizeField = 54; // c_filesize
    private const int NameSizeField = 94; // c_namesize, with the end mark

    // inode(7): the file's type and its rights.
    private const uint DirectoryMode = 0x4000 | 0x1ED; // 0755
    private const uint FileMode = 0x8000 | 0x124; // 0444

    // A directory is linked to by its parent and by itself. A file with one link is never taken for another's second name.
    private const uint DirectoryLinks = 2;
    private const uint FileLinks = 1;
    private const uint DirectoryInode = 1;

    private static ReadOnlySpan<byte> Magic => "070701"u8;

    private static ReadOnlySpan<byte> Trailer => "TRAILER!!!"u8;

    /// <summary>Bytes of the archive; 0 when there is no material.</summary>
    public static ulong SizeOf(in BootMaterial material)
        => material.FileCount == 0 ? 0 : SafeSize.Add(OffsetOf(material, material.FileCount), EntrySize(Trailer, default));

    /// <summary>Where a file's content lies.</summary>
    /// <param name="material">The material.</param>
    /// <param name="address">The archive's guest physical address.</param>
    /// <param name="index">Which file.</param>
    /// <param name="path">The guest physical address of the file's path, which ends with a zero.</param>
    public static MemoryRange Locate(in BootMaterial material, ulong address, int index, out ulong path)
    {
        ulong header = address + OffsetOf(material, index);
        path = header + HeaderSize;
        return MemoryRange.FromLength(
            header + ContentOffset(BootMaterial.Path(index)), (ulong)material.Content(index).Length);
    }

    /// <summary>Writes the archive.</summary>
    /// <param name="material">The material.</param>
    /// <param name="address">A guest physical address, a multiple of <see cref="Alignment"/>.</param>
    /// <param name="memory">The domain's memory, still zero from the address on for <see cref="SizeOf"/> bytes.</param>
    /// <returns>False when it is not all memory of the domain.</returns>
    public static bool TryWrite(in BootMaterial material, ulong address, GuestMemory memory)
    {
        if (material.FileCount == 0)
        {
            return true;
        }

        bool isWritten = TryWriteEntry(
            address, DirectoryInode, DirectoryMode, DirectoryLinks, BootMaterial.Directory, default, memory);
        for (int i = 0; isWritten && i < material.FileCount; i++)
        {
            isWritten = TryWriteEntry(
                address + OffsetOf(material, i), DirectoryInode + 1 + (uint)i, FileMode, FileLinks, BootMaterial.Path(i),
                material.Content(i), memory);
        }

        return isWritten
            && TryWriteEntry(address + OffsetOf(material, material.FileCount), 0, 0, FileLinks, Trailer, default, memory);
    }

    /// <summary>Where a file's header is from the archive's start; for the number of files, where the trailer's is.</summary>
    private static ulong OffsetOf(in BootMaterial material, int index)
    {
        ulong offset = EntrySize(BootMaterial.Directory, default);
        for (int i = 0; i < index; i++)
        {
            offset = SafeSize.Add(offset, EntrySize(BootMaterial.Path(i), material.Content(i)));
        }

        return offset;
    }

    private static ulong EntrySize(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
        => ContentOffset(name) + SafeSize.AlignUp((ulong)content.Length, Alignment);

    /// <summary>Where the content is from its header's start.</summary>
    private static ulong ContentOffset(ReadOnlySpan<byte> name)
        => SafeSize.AlignUp(HeaderSize + (ulong)name.Length + 1, Alignment);

    // What pads a name or a content, and the end mark of a name, is memory that nobody has written: zeros.
    private static bool TryWriteEntry(
        ulong address, uint inode, uint mode, uint links, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content, GuestMemory memory)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Fill((byte)'0');
        Magic.CopyTo(header);
        WriteField(header, InodeField, inode);
        WriteField(header, ModeField, mode);
        WriteField(header, LinksField, links);
        WriteField(header, FileSizeField, (uint)content.Length);
        WriteField(header, NameSizeField, (uint)name.Length + 1);
        GuestAddress start = new(address);
        return memory.TryWrite(start, header)
            && memory.TryWrite(start + HeaderSize, name)
            && memory.TryWrite(start + ContentOffset(name), content);
    }

    /// <summary>Writes a number as eight hexadecimal digits.</summary>
    private static void WriteField(Span<byte> header, int offset, uint value)
    {
        for (int i = FieldDigits - 1; i >= 0; i--)
        {
            header[offset + i] = "0123456789ABCDEF"u8[(int)(value & 0xF)];
            value >>= 4;
        }
    }
}
