using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// A domain's memory: taken from the machine when the domain is made, so that it is guaranteed, and cleared a chunk of 2 MiB at a
/// time when the domain's builder or the guest first touches it, so that making a domain costs what its image costs. Nobody sees
/// what a chunk held before. Only chunks that were touched are scrubbed at the end.
/// <para>
/// Where only small pages may be executed, a chunk is mapped without that right, and becomes pages of 4 KiB when something in it
/// is first executed. There is a table for each chunk, so that none is ever lacking and none has to be taken back.
/// </para>
/// <para>
/// Nobody notices what a device writes, so it is no first touch: the memory of a domain that drives devices is touched whole
/// before they may write (<see cref="TryPopulateAll"/>), or the guest's own first touch would clear what they wrote.
/// </para>
/// <para>
/// Not synchronized: several vCPUs may fault on one chunk at once, and the caller of every method holds the domain's lock.
/// Nothing here allocates managed memory after construction.
/// </para>
/// </summary>
public sealed class GuestMemory : IGuestMemory, IPhysicalMemory
{
    /// <summary>The most pieces that a domain's memory may consist of.</summary>
    public const int MaximumRuns = 32;

    /// <summary>
    /// Nested page tables beyond those that map the memory itself: for 2 MiB pages that are mapped by single pages, and for
    /// device memory. A domain with more device memory gets more.
    /// </summary>
    public const ulong ExtraTables = 64;

    /// <summary>
    /// Pages beside the memory that a guest interface shares with the guest: the guest says where it wants to see them
    /// (<see cref="TryShow(GuestAddress, int)"/>).
    /// </summary>
    public const ulong SharedPages = 36;

    /// <summary>
    /// Nested page tables for other domains' pages, which a guest puts close together: for 8,192 of them.
    /// </summary>
    public const ulong ForeignTables = 16;

    private const int BitsPerByte = 8;

    private readonly IPhysicalMemory _memory;
    private readonly PageAllocator _allocator;
    private readonly PageTable _nested;
    private readonly bool _executesSmallPagesOnly;
    private readonly MemoryRange[] _runs = new MemoryRange[MaximumRuns];
    private int _runCount;
    private ulong _scrubbed;
    private bool _isClear;
    private MemoryRange _tables;
    private MemoryRange _shared;
    private MemoryRange _marks;

    /// <summary>Makes an address space without memory.</summary>
    /// <param name="memory">The machine's memory.</param>
    /// <param name="allocator">Where the domain's memory comes from.</param>
    /// <param name="format">How nested page tables are encoded.</param>
    public GuestMemory(IPhysicalMemory memory, PageAllocator allocator, PageTableFormat format)
    {
        _memory = memory;
        _allocator = allocator;
        _nested = new PageTable(memory, format);
        _executesSmallPagesOnly = format.ExecutesSmallPagesOnly;
        FirstTables = new PageTable(this, PageTableFormat.GuestIdentity);
    }

    /// <summary>Where the memory lies in the domain's address space.</summary>
    public MemoryLayout Layout { get; private set; }

    /// <summary>Bytes that have been touched, in whole chunks.</summary>
    public ulong PopulatedBytes { get; private set; }

    /// <summary>
    /// The nested page tables; null before <see cref="TryAllocate(ulong, out ConstructionProblem)"/> and after
    /// <see cref="Destroy"/>.
    /// </summary>
    public PageTable? Tables { get; private set; }

    /// <summary>
    /// The guest's own page tables, in its memory, for a kernel that is entered with paging on. They are made once for all lives
    /// of the domain, so that building it allocates nothing.
    /// </summary>
    internal PageTable FirstTables { get; }

    /// <summary>
    /// How much memory a domain can be given at most, with the room for its page tables, of what is free now. One domain more can
    /// then have no memory.
    /// </summary>
    public static ulong LargestSize(PageAllocator allocator)
    {
        ulong free = Math.Min(allocator.FreeChunkBytes, MemoryLayout.MaximumSize);
        ulong tables = Math.Max(TableBytes(allocator, free, false), TableBytes(allocator, free, true));
        return SafeSize.Subtract(free, SafeSize.AlignUp(tables + MarkBytes(free), PageSizes.Chunk));
    }

    /// <summary>Takes the domain's memory and the room for its page tables, without touching the memory.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="problem">When it fails, why; then nothing has been taken.</param>
    /// <exception cref="InvalidOperationException">A broken invariant of the caller: it has memory already.</exception>
    public bool TryAllocate(ulong size, out ConstructionProblem problem) => TryAllocate(size, false, 0, out problem);

    /// <summary>The same, for a domain that may be direct-mapped.</summary>
    /// <param name="size">Bytes; of a direct-mapped domain they become whole chunks of 2 MiB.</param>
    /// <param name="isDirectMapped">Whether the domain finds its memory where the machine has it.</param>
    /// <param name="deviceTables">How many tables it takes to map its devices' memory.</param>
    /// <param name="problem">When it fails, why; then nothing has been taken.</param>
    public bool TryAllocate(ulong size, bool isDirectMapped, ulong deviceTables, out ConstructionProblem problem)
    {
        if (Tables is not null)
        {
            throw new InvalidOperationException("GuestMemory: the domain has memory already.");
        }

        problem = default;
        ulong least = isDirectMapped ? MemoryLayout.MinimumSize + PageSizes.Chunk : MemoryLayout.MinimumSize;
        if (size < least)
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MemoryTooSmall, size, least);
            return false;
        }

        if (size > MemoryLayout.MaximumSize)
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MemoryTooLarge, size, MemoryLayout.MaximumSize);
            return false;
        }

        ulong bytes = SafeSize.AlignUp(size, PageSizes.Chunk);
        ulong free = _allocator.FreeChunkBytes;
        if (bytes > free)
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MachineMemory, bytes, free);
            return false;
        }

        if (!TryAllocateTables(bytes, isDirectMapped, deviceTables, out ulong missing))
        {
            problem = new ConstructionProblem(ConstructionProblemKind.TableMemory, missing, _allocator.FreeBytes);
            return false;
        }

        if (!TryTakeRuns(_allocator, bytes, isDirectMapped, _runs, out _runCount))
        {
            problem = bytes > _allocator.FreeChunkBytes
                ? new ConstructionProblem(ConstructionProblemKind.MachineMemory, bytes, _allocator.FreeChunkBytes)
                : new ConstructionProblem(ConstructionProblemKind.MachineMemoryPieces, bytes, MaximumRuns);
            FreeTables();
            return false;
        }

        Layout = isDirectMapped ? MemoryLayout.Direct(_runs.AsSpan(0, _runCount)) : new MemoryLayout(size);
        return true;
    }

    /// <summary>
    /// Scrubs what was touched and forgets every mapping, for the domain's next life in the same memory: the root of the nested
    /// page tables stays. No vCPU runs, and none runs again before the cached translations have been invalidated.
    /// </summary>
    public void Reset()
    {
        Scrub();
        _isClear |= PopulatedBytes == ChunkCount * PageSizes.Chunk;
        Tables!.Clear();
        TryClear(_marks);
        PopulatedBytes = 0;
    }

    /// <summary>
    /// Scrubs a little of what was touched, so that whoever does it can do other things in between. No vCPU runs, and none runs
    /// again before <see cref="Reset"/> or <see cref="Destroy"/>, which scrub what is left.
    /// </summary>
    /// <param name="chunks">How many chunks of 2 MiB to scrub at most.</param>
    /// <returns>Whether nothing is left.</returns>
    public bool ScrubSome(int chunks)
    {
        ulong end = Tables is null ? 0 : ChunkCount;
        for (; _scrubbed < end; _scrubbed++)
        {
            if (!IsTouched(_scrubbed))
            {
                continue;
            }

            if (chunks == 0)
            {
                return false;
            }

            TryClear(MemoryRange.FromLength(MachineAddressOf(_scrubbed * PageSizes.Chunk).Value, PageSizes.Chunk));
            chunks--;
        }

        return true;
    }

    /// <summary>Scrubs what was touched, and gives everything back. No vCPU runs, and none runs again.</summary>
    public void Destroy()
    {
        if (Tables is null)
        {
            return;
        }

        Scrub();
        _allocator.FreeAll(_runs.AsSpan(0, _runCount));
        _runCount = 0;
        _isClear = false;
        PopulatedBytes = 0;
        FreeTables();
    }

    /// <summary>
    /// Answers a nested page fault: when the address is memory of the domain, it is cleared and mapped, or was already by another
    /// vCPU.
    /// </summary>
    /// <param name="address">The guest physical address of the fault.</param>
    /// <param name="isFetch">Whether an instruction was to be fetched from there.</param>
    /// <returns>False when it is no memory of the domain.</returns>
    public bool TryPopulate(GuestAddress address, bool isFetch = false)
        => Layout.TryLocate(address, out ulong offset, out _) && TryTouch(offset, true)
            && (!isFetch || !_executesSmallPagesOnly || TryMakeExecutable(offset));

    /// <summary>
    /// Clears and maps what nobody has touched yet, so that all of the memory counts as touched: from then on devices may write
    /// into it. Takes time in proportion to the memory.
    /// </summary>
    /// <returns>False when some of it cannot be reached; the machine lacks memory that it said it had.</returns>
    public bool TryPopulateAll()
    {
        bool done = Tables is not null;
        for (ulong chunk = 0; done && chunk < ChunkCount; chunk++)
        {
            done = TryTouch(chunk * PageSizes.Chunk, true);
        }

        return done;
    }

    /// <summary>
    /// Shows the guest one of the <see cref="SharedPages"/> at an address: instead of memory, which comes back with
    /// <see cref="TryHide"/>, or where there was nothing. What the guest reads and writes through the methods here stays the
    /// memory. The caller invalidates cached translations afterwards.
    /// </summary>
    /// <remarks>
    /// The chunk around it becomes all that it can become before, so that it is not mapped whole again over the page.
    /// </remarks>
    /// <param name="address">The guest physical address of a page.</param>
    /// <param name="page">Which shared page.</param>
    /// <returns>False when the address is impossible, or there is no table left to map it.</returns>
    public bool TryShow(GuestAddress address, int page)
        => (ulong)page < SharedPages
            && TryShow(address, new MachineAddress(_shared.Start + ((ulong)page * PageSizes.Page)), PageRights.Write);

    /// <summary>The same, with a page of the machine's that the caller answers for: another domain's, say.</summary>
    /// <param name="address">The guest physical address of a page.</param>
    /// <param name="page">The page.</param>
    /// <param name="rights">What the guest may do with it.</param>
    public bool TryShow(GuestAddress address, MachineAddress page, PageRights rights)
        => (!IsMemory(address, PageSizes.Page) || TryPopulate(address, isFetch: true))
            && Tables!.TryMap(address.Value, page.Value, PageSizes.Page, rights);

    /// <summary>
    /// Takes back what <see cref="TryShow(GuestAddress, int)"/> showed at an address. The caller invalidates cached translations
    /// afterwards.
    /// </summary>
    public bool TryHide(GuestAddress address)
        => Layout.TryLocate(address, out ulong offset, out _)
            ? Tables!.TryMap(address.Value, MachineAddressOf(offset).Value, PageSizes.Page, PageRights.All)
            : Tables!.TryUnmap(address.Value, PageSizes.Page);

    /// <summary>
    /// Finds the page of the machine's behind a page of the domain's memory, touched, so that somebody else can be shown it. It
    /// stays the domain's.
    /// </summary>
    /// <returns>False when it is no memory of the domain.</returns>
    public bool TryFindPage(GuestAddress address, out MachineAddress page)
    {
        bool isFound = Layout.TryLocate(address, out ulong offset, out ulong available) && available >= PageSizes.Page
            && TryTouch(offset, true);
        page = isFound ? MachineAddressOf(offset & ~PageSizes.PageMask) : default;
        return isFound;
    }

    /// <summary>One of the <see cref="SharedPages"/>: it stays where it is as long as the domain has memory.</summary>
    public unsafe byte* SharedPage(int page)
        => (ulong)page < SharedPages && Tables is not null
            ? _memory.Map(_shared.Start + ((ulong)page * PageSizes.Page), PageSizes.Page)
            : null;

    /// <inheritdoc/>
    public unsafe bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (!IsMemory(address, (ulong)destination.Length))
        {
            return false;
        }

        int done = 0;
        while (done < destination.Length)
        {
            int length = destination.Length - done;
            if (!TryLocate(address + (ulong)done, ref length, out ulong offset))
            {
                return false;
            }

            Span<byte> part = destination.Slice(done, length);
            byte* source = _memory.Map(MachineAddressOf(offset).Value, (ulong)length);
            if (source == null)
            {
                return false;
            }

            if (IsTouched(offset / PageSizes.Chunk))
            {
                // Sound because all of these bytes have just been mapped.
                new ReadOnlySpan<byte>(source, length).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            done += length;
        }

        return true;
    }

    /// <inheritdoc/>
    public unsafe bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!IsMemory(address, (ulong)source.Length))
        {
            return false;
        }

        int done = 0;
        while (done < source.Length)
        {
            int length = source.Length - done;
            if (!TryLocate(address + (ulong)done, ref length, out ulong offset))
            {
                return false;
            }

            // A chunk that is overwritten whole needs no clearing, and becomes visible to the guest only after the copy.
            bool isWhole = (ulong)length == PageSizes.Chunk;
            if (!isWhole && !TryTouch(offset, true))
            {
                return false;
            }

            byte* destination = _memory.Map(MachineAddressOf(offset).Value, (ulong)length);
            if (destination == null)
            {
                return false;
            }

            // Sound because all of these bytes have just been mapped.
            source.Slice(done, length).CopyTo(new Span<byte>(destination, length));
            if (isWhole && !TryTouch(offset, false))
            {
                return false;
            }

            done += length;
        }

        return true;
    }

    /// <summary>Whether all of a range is memory of the domain, without a hole.</summary>
    public bool IsMemory(GuestAddress address, ulong length)
        => length == 0 || (Layout.TryLocate(address, out _, out ulong available) && length <= available);

    /// <summary>
    /// Gives the domain's memory itself, for a builder that writes much of it in place.
    /// </summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="length">Bytes, not across a multiple of 2 MiB.</param>
    /// <param name="bytes">The memory.</param>
    /// <returns>False when the range is no memory of the domain, or crosses a multiple of 2 MiB.</returns>
    public unsafe bool TryGetSpan(GuestAddress address, int length, out Span<byte> bytes)
    {
        byte* start = Reach(address, length);

        // Sound because all of these bytes have just been mapped.
        bytes = start == null ? default : new Span<byte>(start, length);
        return start != null;
    }

    /// <summary>
    /// Gives a guest physical range that does not cross a multiple of 2 MiB; null when it is no memory of the domain.
    /// </summary>
    unsafe byte* IPhysicalMemory.Map(ulong address, ulong length)
        => length > PageSizes.Chunk ? null : Reach(new GuestAddress(address), (int)length);

    /// <summary>The nested page tables of a domain with this memory, in whole pages, and its shared pages.</summary>
    /// <remarks>
    /// With one for each chunk, which only some processors need: a plan is made before anything is known of the processor, and
    /// what it says of the memory is to hold on all of them.
    /// </remarks>
    internal static ulong TableBytes(PageAllocator allocator, ulong memory, bool isDirectMapped)
        => TableBytes(allocator, memory, isDirectMapped, executesSmallPagesOnly: true);

    /// <summary>The nested page tables of a domain that is not direct-mapped, in whole pages.</summary>
    internal static ulong TableBytes(ulong memory) => TableBytes(new MemoryLayout(memory).End, ExtraTables + Chunks(memory));

    /// <summary>Takes the memory of a domain, in pieces.</summary>
    internal static bool TryTakeRuns(
        PageAllocator allocator, ulong bytes, bool isDirectMapped, Span<MemoryRange> runs, out int count)
        => isDirectMapped
            ? allocator.TryAllocateDirectRuns(bytes, runs, out count)
            : allocator.TryAllocateRuns(bytes, runs, out count);

    /// <summary>A bit for each chunk, in whole pages.</summary>
    internal static ulong MarkBytes(ulong memory)
        => SafeSize.AlignUp((memory / PageSizes.Chunk / BitsPerByte) + 1, PageSizes.Page);

    private static ulong Chunks(ulong memory) => SafeSize.AlignUp(memory, PageSizes.Chunk) / PageSizes.Chunk;

    private static ulong TableBytes(PageAllocator allocator, ulong memory, bool isDirectMapped, bool executesSmallPagesOnly)
        => TableBytes(
            isDirectMapped ? Math.Max(allocator.End, MemoryLayout.DeviceHoleEnd) : new MemoryLayout(memory).End,
            ExtraTables + (executesSmallPagesOnly ? Chunks(memory) : 0));

    private static ulong TableBytes(ulong memoryEnd, ulong extraTables)
        => (PageTable.PoolPages(memoryEnd, extraTables + ForeignTables) + SharedPages) * PageSizes.Page;

    private ulong ChunkCount => SafeSize.AlignUp(Layout.Size, PageSizes.Chunk) / PageSizes.Chunk;

    private bool TryAllocateTables(ulong bytes, bool isDirectMapped, ulong deviceTables, out ulong missing)
    {
        missing = TableBytes(_allocator, bytes, isDirectMapped, _executesSmallPagesOnly)
            + (SafeSize.Subtract(deviceTables, ExtraTables) * PageSizes.Page);
        if (!_allocator.TryAllocatePages(missing / PageSizes.Page, out _tables))
        {
            return false;
        }

        missing = MarkBytes(bytes);
        if (!_allocator.TryAllocatePages(missing / PageSizes.Page, out _marks))
        {
            _allocator.Free(_tables);
            return false;
        }

        ulong pool = _tables.Length - (SharedPages * PageSizes.Page);
        _shared = MemoryRange.FromEnd(_tables.Start + pool, _tables.End);
        if (!TryClear(_marks) || !TryClear(_shared) || !_nested.TryStart(MemoryRange.FromLength(_tables.Start, pool)))
        {
            _allocator.Free(_tables);
            _allocator.Free(_marks);
            return false;
        }

        Tables = _nested;
        return true;
    }

    private void FreeTables()
    {
        _allocator.Free(_tables);
        _allocator.Free(_marks);
        Tables = null;
        Layout = default;
    }

    /// <summary>Where the bytes at an address are; the length is cut at the chunk's end. False when it is no memory.</summary>
    private bool TryLocate(GuestAddress address, ref int length, out ulong offset)
    {
        if (!Layout.TryLocate(address, out offset, out ulong available))
        {
            return false;
        }

        ulong inChunk = PageSizes.Chunk - (offset & PageSizes.ChunkMask);
        length = (int)Math.Min((ulong)length, Math.Min(available, inChunk));
        return true;
    }

    /// <summary>The memory at an address, touched; null when the range is no memory or crosses a multiple of 2 MiB.</summary>
    private unsafe byte* Reach(GuestAddress address, int length)
    {
        int available = length;
        return length > 0 && TryLocate(address, ref available, out ulong offset) && available >= length && TryTouch(offset, true)
            ? _memory.Map(MachineAddressOf(offset).Value, (ulong)length)
            : null;
    }

    /// <summary>Makes sure that the chunk of an offset is mapped, and clear if it was not.</summary>
    /// <param name="offset">Bytes of the domain's memory below it.</param>
    /// <param name="clear">Whether a chunk that is not mapped yet has to be cleared first.</param>
    private unsafe bool TryTouch(ulong offset, bool clear)
    {
        ulong chunk = offset / PageSizes.Chunk;
        if (IsTouched(chunk))
        {
            return true;
        }

        ulong start = chunk * PageSizes.Chunk;
        MemoryRange machine = MemoryRange.FromLength(MachineAddressOf(start).Value, PageSizes.Chunk);
        if (clear && !_isClear && !TryClear(machine))
        {
            return false;
        }

        PageRights rights = _executesSmallPagesOnly ? PageRights.Write : PageRights.All;
        if (!Tables!.TryMap(Layout.AddressOf(start).Value, machine.Start, PageSizes.Chunk, rights))
        {
            return false;
        }

        *MarkOf(chunk) |= BitOf(chunk);
        PopulatedBytes += PageSizes.Chunk;
        return true;
    }

    /// <summary>
    /// Makes a touched chunk pages of 4 KiB that can be executed. Rights only grow and no address moves, so what a CPU still has
    /// of the large page, which was never executed, does no harm.
    /// </summary>
    private bool TryMakeExecutable(ulong offset)
    {
        ulong start = offset & ~PageSizes.ChunkMask;
        ulong address = Layout.AddressOf(start).Value;
        return (Tables!.TryTranslate(Layout.AddressOf(offset).Value, out _, out PageRights rights)
                && (rights & PageRights.Execute) != 0)
            || Tables.TryMap(address, MachineAddressOf(start).Value, PageSizes.Chunk, PageRights.All, PageSizes.Page);
    }

    private static byte BitOf(ulong chunk) => (byte)(1 << (int)(chunk & (BitsPerByte - 1)));

    private unsafe bool IsTouched(ulong chunk) => (*MarkOf(chunk) & BitOf(chunk)) != 0;

    /// <summary>
    /// The byte that has a chunk's mark. Sound because the marks have a bit for every chunk of the memory, callers have located
    /// the chunk inside it, and marks that cannot be reached are refused when they are taken.
    /// </summary>
    private unsafe byte* MarkOf(ulong chunk)
    {
        byte* mark = _memory.Map(_marks.Start + (chunk / BitsPerByte), 1);
        if (mark == null || Tables is null)
        {
            throw new InvalidOperationException("GuestMemory: the domain has no memory.");
        }

        return mark;
    }

    private MachineAddress MachineAddressOf(ulong offset)
    {
        ulong below = 0;
        for (int i = 0; i < _runCount; i++)
        {
            if (offset - below < _runs[i].Length)
            {
                return new MachineAddress(_runs[i].Start + (offset - below));
            }

            below += _runs[i].Length;
        }

        throw new InvalidOperationException("GuestMemory: an offset lies beyond the domain's memory.");
    }

    /// <summary>Clears every chunk that was touched.</summary>
    private void Scrub()
    {
        ScrubSome(int.MaxValue);
        _scrubbed = 0;
    }

    private unsafe bool TryClear(MemoryRange range)
    {
        byte* bytes = _memory.Map(range.Start, range.Length);
        if (bytes == null)
        {
            return false;
        }

        // Sound because all of the range has just been mapped, and ranges here are a chunk or some pages.
        new Span<byte>(bytes, (int)range.Length).Clear();
        return true;
    }
}
