using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Where a domain's memory lies in its physical address space: from 0 to at most 3 GiB, then a hole for devices, and the rest
/// from 4 GiB on. The holes of a PC below 1 MiB are memory too, but the map that the guest is given says otherwise.
/// <para>
/// A direct-mapped domain's memory lies where the machine's does, so that devices find it under the addresses that the guest
/// tells them; only its first 2 MiB, in which it starts, lie at 0.
/// </para>
/// </summary>
public readonly struct MemoryLayout
{
    /// <summary>The end of conventional memory: 640 KiB.</summary>
    public const ulong ConventionalEnd = 0xA_0000;

    /// <summary>Where the firmware's ROM is on a PC, and the ACPI tables here.</summary>
    public const ulong FirmwareStart = 0xE_0000;

    /// <summary>Where extended memory starts: 1 MiB.</summary>
    public const ulong ExtendedStart = 0x10_0000;

    /// <summary>Where the hole for devices starts: 3 GiB.</summary>
    public const ulong DeviceHoleStart = 3 * PageSizes.Gigabyte;

    /// <summary>Where the hole for devices ends: 4 GiB.</summary>
    public const ulong DeviceHoleEnd = PageSizes.FourGigabytes;

    /// <summary>The least memory of a domain: 2 MiB, which holds what is written below 1 MiB and a very small kernel.</summary>
    public const ulong MinimumSize = PageSizes.Chunk;

    /// <summary>The most memory of a domain: 1 TiB.</summary>
    public const ulong MaximumSize = 1024 * PageSizes.Gigabyte;

    /// <summary>The most entries that <see cref="WriteMap"/> makes.</summary>
    public const int MaximumEntries = GuestMemory.MaximumRuns + 2;

    // A direct-mapped domain's: the first lies at 0, the others where the machine has them, rising. Null for every other domain.
    private readonly MemoryRange[]? _pieces;

    /// <summary>Lays out a domain's memory.</summary>
    /// <param name="size">
    /// Its size in bytes, from <see cref="MinimumSize"/> to <see cref="MaximumSize"/>; a broken page is left out.
    /// </param>
    public MemoryLayout(ulong size)
    {
        Size = SafeSize.AlignDown(size, PageSizes.Page);
        LowBytes = Math.Min(Size, DeviceHoleStart);
        _pieces = null;
    }

    private MemoryLayout(MemoryRange[] pieces)
    {
        _pieces = pieces;
        Size = 0;
        LowBytes = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            Size += pieces[i].Length;
            LowBytes += pieces[i].Start < DeviceHoleEnd ? pieces[i].Length : 0;
        }
    }

    /// <summary>Bytes of memory, of whole pages.</summary>
    public ulong Size { get; }

    /// <summary>Bytes of memory below 4 GiB.</summary>
    public ulong LowBytes { get; }

    /// <summary>Whether the memory lies where the machine's does.</summary>
    public bool IsDirectMapped => _pieces is not null;

    /// <summary>How many pieces the memory is in, each without a hole; the first begins at 0.</summary>
    public int PieceCount => _pieces is null ? 2 : _pieces.Length;

    private ulong HighEnd => DeviceHoleEnd + (Size - LowBytes);

    /// <summary>The end of the address space: of the memory, or of the hole for devices if that is further.</summary>
    public ulong End => _pieces is null ? HighEnd : Math.Max(_pieces[_pieces.Length - 1].End, DeviceHoleEnd);

    /// <summary>Lays out the memory of a direct-mapped domain.</summary>
    /// <param name="runs">Its memory, where the machine has it: rising, aligned to 2 MiB, at least two of these chunks.</param>
    public static MemoryLayout Direct(ReadOnlySpan<MemoryRange> runs)
    {
        MemoryRange rest = MemoryRange.FromEnd(runs[0].Start + PageSizes.Chunk, runs[0].End);
        int skipped = rest.IsEmpty ? 1 : 0;
        MemoryRange[] pieces = new MemoryRange[1 + runs.Length - skipped];
        pieces[0] = MemoryRange.FromLength(0, PageSizes.Chunk);
        for (int i = skipped; i < runs.Length; i++)
        {
            pieces[1 + i - skipped] = i == 0 ? rest : runs[i];
        }

        return new MemoryLayout(pieces);
    }

    /// <summary>A piece of the memory, by guest physical addresses; it may be empty.</summary>
    public MemoryRange Piece(int index)
        => _pieces is not null ? _pieces[index]
            : index == 0 ? MemoryRange.FromEnd(0, LowBytes) : MemoryRange.FromEnd(DeviceHoleEnd, HighEnd);

    /// <summary>The part of a piece that a kernel, a ramdisk and the guest's own data may use: nothing below 1 MiB.</summary>
    /// <remarks>Of a direct-mapped domain nothing of the first piece: a device would not find it.</remarks>
    public MemoryRange Room(int index)
    {
        MemoryRange piece = Piece(index);
        return _pieces is not null && index == 0
            ? default
            : MemoryRange.FromEnd(Math.Max(piece.Start, ExtendedStart), piece.End);
    }

    /// <summary>Whether all of a range lies in one of the rooms, and below an address.</summary>
    public bool HasRoom(MemoryRange range, ulong limit)
    {
        bool fits = false;
        for (int i = 0; i < PieceCount; i++)
        {
            fits |= Room(i).Contains(range);
        }

        return fits && range.End <= limit;
    }

    /// <summary>
    /// Finds the place of an address within the memory, counted without the hole.
    /// </summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="offset">Bytes of memory below it.</param>
    /// <param name="available">Bytes of memory from it on, up to the hole or the end.</param>
    /// <returns>False when it is no memory.</returns>
    public bool TryLocate(GuestAddress address, out ulong offset, out ulong available)
    {
        ulong below = 0;
        for (int i = 0; i < PieceCount; i++)
        {
            MemoryRange piece = Piece(i);
            if (address.Value >= piece.Start && address.Value < piece.End)
            {
                offset = below + (address.Value - piece.Start);
                available = piece.End - address.Value;
                return true;
            }

            below += piece.Length;
        }

        offset = 0;
        available = 0;
        return false;
    }

    /// <summary>The guest physical address of a place within the memory, below <see cref="Size"/>.</summary>
    public GuestAddress AddressOf(ulong offset)
    {
        int index = 0;
        for (ulong length = Piece(0).Length; offset >= length && index < PieceCount - 1; length = Piece(index).Length)
        {
            offset -= length;
            index++;
        }

        return new GuestAddress(Piece(index).Start + offset);
    }

    /// <summary>Writes the memory map that the guest is given, sorted by address.</summary>
    /// <param name="entries">Room for <see cref="MaximumEntries"/> entries.</param>
    /// <returns>How many there are.</returns>
    public int WriteMap(Span<MemoryMapEntry> entries)
    {
        int count = 0;
        entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(0, ConventionalEnd), MemoryKind.Usable);
        entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(FirmwareStart, ExtendedStart), MemoryKind.Reserved);
        for (int i = 0; i < PieceCount; i++)
        {
            MemoryRange room = Room(i);
            if (!room.IsEmpty)
            {
                entries[count++] = new MemoryMapEntry(room, MemoryKind.Usable);
            }
        }

        return count;
    }
}
