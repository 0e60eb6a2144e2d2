using System;
using System.Threading;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// What a domain grants others of its memory (Xen public/grant_table.h, version 1): a table in pages that it shares with the
/// hypervisor and writes whenever it likes, and how often each entry is in use. Everything is done with the domain's gate held;
/// whoever else comes holds no other domain's.
/// </summary>
internal sealed unsafe class GrantTable
{
    /// <summary>Bytes of an entry: flags, domid, frame.</summary>
    public const int EntrySize = 8;

    /// <summary>Entries of a frame.</summary>
    public const int EntriesPerFrame = (int)PageSizes.Page / EntrySize;

    // GTF_type_mask and GTF_permit_access; the guest's GTF_readonly; the hypervisor's GTF_reading and GTF_writing.
    private const int TypeMask = 3;
    private const int Permit = 1;
    private const int ReadOnly = 1 << 2;
    private const int Reading = 1 << 3;
    private const int Writing = 1 << 4;

    private const int DomainShift = 16;
    private const int WriterShift = 16;
    private const int MostUses = 0x7FFF;

    // An entry that the guest changes all the time is refused, so that it keeps nobody.
    private const int Attempts = 4;
    private const int ClearAttempts = 64;

    private readonly GuestMemory _memory;

    // How often each entry is in use: to be read in the lower half, and of these to be written in the upper one.
    private readonly int[] _uses = new int[SharedPageIndex.GrantFrames * EntriesPerFrame];

    /// <summary>Makes the table of a domain, closed.</summary>
    /// <param name="memory">The domain's memory.</param>
    /// <param name="gate">The domain's gate.</param>
    public GrantTable(GuestMemory memory, SpinGate gate)
    {
        _memory = memory;
        Gate = gate;
    }

    /// <summary>The domain's gate.</summary>
    public SpinGate Gate { get; }

    /// <summary>The domain's memory.</summary>
    public GuestMemory Memory => _memory;

    /// <summary>Whether the domain grants anything: not before it is built, and not once it has ended.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Which of the domain's lives this is: what was in use in a former one is in use no more.</summary>
    public uint Life { get; private set; }

    /// <summary>How many frames of the table the guest uses.</summary>
    public int FrameCount { get; private set; }

    /// <summary>How many entries are in use.</summary>
    public int InUse { get; private set; }

    /// <summary>The domain is built: the table is empty and has one frame.</summary>
    public void Open()
    {
        for (int i = 0; i < SharedPageIndex.GrantFrames; i++)
        {
            new Span<byte>(_memory.SharedPage(SharedPageIndex.Grants + i), (int)PageSizes.Page).Clear();
        }

        FrameCount = 1;
        IsOpen = true;
    }

    /// <summary>The domain has ended, or takes back all at once: whoever uses an entry is made to stop by the caller.</summary>
    public void Close()
    {
        if (InUse != 0)
        {
            Array.Clear(_uses, 0, _uses.Length);
        }

        InUse = 0;
        IsOpen = false;
        Life++;
    }

    /// <summary>The guest uses a frame, and all before it.</summary>
    /// <returns>False when there is no such frame.</returns>
    public bool TryGrow(ulong frame)
    {
        if (frame >= SharedPageIndex.GrantFrames)
        {
            return false;
        }

        FrameCount = (int)frame < FrameCount ? FrameCount : (int)frame + 1;
        return true;
    }

    /// <summary>Uses an entry, which keeps it from being taken back in order.</summary>
    /// <param name="caller">Who wants to use it.</param>
    /// <param name="reference">The entry.</param>
    /// <param name="isWriting">Whether the page is to be written.</param>
    /// <param name="page">The page, a memory page of the domain.</param>
    /// <returns>A status; when it is not 0 nothing is used.</returns>
    public short TryUse(uint caller, uint reference, bool isWriting, out GuestAddress page)
    {
        page = default;
        if (!IsOpen)
        {
            return GrantStatus.BadDomain;
        }

        if (reference >= (uint)(FrameCount * EntriesPerFrame))
        {
            return GrantStatus.BadReference;
        }

        int uses = _uses[reference];
        if ((uses & MostUses) == MostUses)
        {
            return GrantStatus.NoSpace;
        }

        int* entry = EntryOf(reference);
        if (!TryMark(entry, caller, isWriting))
        {
            return GrantStatus.GeneralError;
        }

        // Read once, behind the marks: what the guest makes of it afterwards is its own loss.
        page = new GuestAddress((ulong)(uint)Volatile.Read(ref entry[1]) << PageSizes.PageShift);
        if (!_memory.IsMemory(page, PageSizes.Page))
        {
            Unmark(entry, uses);
            return GrantStatus.BadPage;
        }

        InUse += uses == 0 ? 1 : 0;
        _uses[reference] = uses + 1 + (isWriting ? 1 << WriterShift : 0);
        return GrantStatus.Okay;
    }

    /// <summary>An entry is not used any more, where it was used in this life of the domain.</summary>
    public void EndUse(uint reference, bool isWriting, uint life)
    {
        if (life != Life || !IsOpen)
        {
            return;
        }

        int uses = _uses[reference] - 1 - (isWriting ? 1 << WriterShift : 0);
        _uses[reference] = uses;
        InUse -= uses == 0 ? 1 : 0;
        Unmark(EntryOf(reference), uses);
    }

    // Sound because the shared pages stay where they are as long as the domain has memory, which it has while this is open.
    private int* EntryOf(uint reference) => (int*)(_memory.SharedPage(
        SharedPageIndex.Grants + (int)(reference / EntriesPerFrame)) + (reference % EntriesPerFrame * EntrySize));

    private static bool TryMark(int* entry, uint caller, bool isWriting)
    {
        int wanted = Reading | (isWriting ? Writing : 0);
        int seen = Volatile.Read(ref *entry);
        for (int i = 0; i < Attempts; i++)
        {
            if ((seen & TypeMask) != Permit || (uint)seen >> DomainShift != caller || (isWriting && (seen & ReadOnly) != 0))
            {
                return false;
            }

            int old = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            if (old == seen)
            {
                return true;
            }

            seen = old;
        }

        return false;
    }

    // The marks of those that use the entry no more; a guest that changes it all the time keeps its marks.
    private static void Unmark(int* entry, int uses)
    {
        int marks = uses == 0 ? Reading | Writing : uses >> WriterShift == 0 ? Writing : 0;
        int seen = Volatile.Read(ref *entry);
        for (int i = 0; marks != 0 && i < ClearAttempts; i++)
        {
            int old = Interlocked.CompareExchange(ref *entry, seen & ~marks, seen);
            if (old == seen)
            {
                return;
            }

            seen = old;
        }
    }
}
