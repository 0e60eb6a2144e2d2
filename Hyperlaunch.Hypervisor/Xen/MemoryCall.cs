using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// memory_op (12): where the guest wants to see the shared pages, and what memory it has (Xen public/memory.h). A domain has all
/// of its memory from the start: there is none to be had, and none is given back.
/// </summary>
internal sealed class MemoryCall : Hypercall
{
    private const ulong MaximumRamPage = 2;
    private const ulong CurrentReservation = 3;
    private const ulong MaximumReservation = 4;
    private const ulong AddToPhysmap = 7;
    private const ulong MemoryMap = 9;
    private const ulong MaximumGpfn = 14;
    private const ulong RemoveFromPhysmap = 15;

    // XENMAPSPACE_shared_info and XENMAPSPACE_grant_table; of the latter's index the uppermost bit asks for version 2's status.
    private const uint SharedInfoSpace = 0;
    private const uint GrantSpace = 1;

    // e820entry: address, length, type.
    private const int MapEntrySize = 20;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller) => caller.First switch
    {
        MaximumRamPage => (long)(caller.Cpu.Machine.Memory.Layout.End >> PageSizes.PageShift),
        CurrentReservation or MaximumReservation => Reservation(in caller),
        AddToPhysmap => Add(in caller),
        MemoryMap => Map(in caller),
        MaximumGpfn => (long)((caller.Cpu.Machine.Memory.Layout.End >> PageSizes.PageShift) - 1),
        RemoveFromPhysmap => Remove(in caller),
        _ => XenError.NoSuchCall,
    };

    // A domid, in pages.
    private static long Reservation(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, sizeof(ushort), out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        return caller.IsOwn(BinaryPrimitives.ReadUInt16LittleEndian(argument))
            ? (long)(caller.Cpu.Machine.Memory.Layout.Size >> PageSizes.PageShift)
            : XenError.NotPermitted;
    }

    // xen_add_to_physmap: domid, size, space, two longs: index and frame.
    private static long Add(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 8 + (2 * caller.WordSize), out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        if (!caller.IsOwn(BinaryPrimitives.ReadUInt16LittleEndian(argument)))
        {
            return XenError.NotPermitted;
        }

        uint space = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(4));
        ulong index = caller.Word(argument, 8);
        ulong frame = caller.Word(argument, 8 + caller.WordSize);
        int page = space == GrantSpace && caller.Xen.Grants.TryGrow(index) ? SharedPageIndex.Grants + (int)index
            : space == SharedInfoSpace && index == 0 ? SharedPageIndex.Info
            : -1;
        return page >= 0 && caller.Xen.Pages.TryShow(caller.Cpu.Machine, page, frame) ? 0 : XenError.Invalid;
    }

    // xen_remove_from_physmap: domid, padding, a long: the frame.
    private static long Remove(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 2 * caller.WordSize, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        if (!caller.IsOwn(BinaryPrimitives.ReadUInt16LittleEndian(argument)))
        {
            return XenError.NotPermitted;
        }

        int page = caller.Xen.Pages.ShownAt(caller.Word(argument, caller.WordSize));
        if (page < 0)
        {
            return XenError.Invalid;
        }

        caller.Xen.Pages.Hide(caller.Cpu.Machine, page);
        return 0;
    }

    // xen_memory_map: how many entries there is room for, in, and how many there are, out; where they go.
    private static unsafe long Map(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 2 * caller.WordSize, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        uint room = BinaryPrimitives.ReadUInt32LittleEndian(argument);
        ulong place = caller.Word(argument, caller.WordSize);
        MemoryMapEntry[] entries = caller.Xen.MapEntries;
        int count = caller.Cpu.Machine.Memory.Layout.WriteMap(entries);
        if (room < (uint)count)
        {
            return XenError.Invalid;
        }

        Span<byte> entry = caller.Xen.Scratch(MapEntrySize);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry, entries[i].Range.Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry.Slice(8), entries[i].Range.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(16), (uint)entries[i].Kind);
            if (!caller.TryWrite(place + (uint)(i * MapEntrySize), entry))
            {
                return XenError.BadAddress;
            }
        }

        return caller.TryWriteU32(caller.Second, (uint)count) ? 0 : XenError.BadAddress;
    }
}
