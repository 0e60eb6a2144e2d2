using System.Runtime;
using System.Runtime.InteropServices;
using System.Threading;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// Interface calls: what a call site's dispatch cell says, and what the site has learned. A cell is two words: the stub in
/// <c>services.S</c> and either the compiler's description of the interface or an immutable <see cref="InterfaceCache"/>, which
/// one word's write replaces, so that a processor in the stub sees the old one or the new one.
/// </summary>
internal static unsafe class InterfaceDispatch
{
    // How the second word of a cell reads: its two low bits, and below the smallest address an offset into the vtable.
    private const ulong KindMask = 3;
    private const ulong KindInterfacePointer = 1;
    private const ulong KindIndirectRelative = 2;
    private const ulong VtableOffsetLimit = 0x1000;

    private const int CellTypeInterface = 0;
    private const int CellTypeVtable = 2;
    private const int SlotBits = 16;

    // A site that sees more types than this resolves the others each time.
    private const int MaximumEntries = 8;

    private static int s_lock;
    private static ulong s_poolUsed;

    [RuntimeExport("RhpGetDispatchCellInfo")]
    private static void GetCellInfo(ulong* cell, CellInfo* info)
    {
        *info = default;
        ulong value = Volatile.Read(ref cell[1]);
        if (IsCache(value))
        {
            info->HasCache = 1;
            value = ((InterfaceCache*)value)->Description;
        }

        if ((value & KindMask) == 0)
        {
            info->CellType = CellTypeVtable;
            info->VtableOffset = (uint)value;
            return;
        }

        // Cells of one slot stand together; the one without a stub that closes them holds the slot.
        ulong* last = cell;
        while (last[0] != 0)
        {
            last += 2;
        }

        info->CellType = (int)(last[1] >> SlotBits);
        info->Slot = (ushort)last[1];
        ulong kind = value & KindMask;
        if (kind == KindInterfacePointer)
        {
            info->InterfaceType = (MethodTable*)(value & ~KindMask);
            return;
        }

        byte* target = (byte*)(cell + 1) + (int)((uint)value & ~(uint)KindMask);
        info->InterfaceType = kind == KindIndirectRelative ? *(MethodTable**)target : (MethodTable*)target;
    }

    [RuntimeExport("RhpSearchDispatchCellCache")]
    private static nint Search(ulong* cell, MethodTable* type)
    {
        ulong value = Volatile.Read(ref cell[1]);
        if (IsCache(value))
        {
            for (Entry* entry = FirstEntry(value); entry->Type != null; entry++)
            {
                if (entry->Type == type)
                {
                    return entry->Code;
                }
            }
        }

        return 0;
    }

    [RuntimeExport("RhpUpdateDispatchCellCache")]
    private static nint Update(ulong* cell, nint code, MethodTable* type, CellInfo* info)
    {
        SpinLock.Enter(ref s_lock);
        ulong value = cell[1];
        ulong count = IsCache(value) ? ((InterfaceCache*)value)->Count : 0;
        InterfaceCache* cache = count < MaximumEntries ? Reserve(count + 1) : null;
        if (cache != null)
        {
            cache->Description = IsCache(value) ? ((InterfaceCache*)value)->Description : value;
            cache->Count = count + 1;
            Entry* entries = FirstEntry((ulong)cache);
            for (ulong i = 0; i < count; i++)
            {
                entries[i] = FirstEntry(value)[i];
            }

            entries[count].Type = type;
            entries[count].Code = code;
            Volatile.Write(ref cell[1], (ulong)cache);
        }

        SpinLock.Exit(ref s_lock);
        return code;
    }

    private static bool IsCache(ulong value) => (value & KindMask) == 0 && value >= VtableOffsetLimit;

    private static Entry* FirstEntry(ulong cache) => (Entry*)(cache + (ulong)sizeof(InterfaceCache));

    // The pool is zero at boot: the entry after the last one closes the list. Null when the pool is used up.
    private static InterfaceCache* Reserve(ulong entries)
    {
        ImageLayout* image = ImageLayout.Current;
        ulong size = (ulong)sizeof(InterfaceCache) + ((entries + 1) * (ulong)sizeof(Entry));
        if (size > image->DispatchPoolEnd - image->DispatchPoolStart - s_poolUsed)
        {
            return null;
        }

        InterfaceCache* cache = (InterfaceCache*)(image->DispatchPoolStart + s_poolUsed);
        s_poolUsed += size;
        return cache;
    }

    // The stub skips this header of 16 bytes.
    [StructLayout(LayoutKind.Sequential)]
    private struct InterfaceCache
    {
        public ulong Description;
        public ulong Count;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public MethodTable* Type;
        public nint Code;
    }

    /// <summary>System.Runtime.DispatchCellInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CellInfo
    {
        public int CellType;
        public MethodTable* InterfaceType;
        public ushort Slot;
        public byte HasCache;
        public uint MetadataToken;
        public uint VtableOffset;
    }
}
