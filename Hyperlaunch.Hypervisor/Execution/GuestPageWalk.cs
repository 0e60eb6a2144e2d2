using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// Translates a guest's linear addresses by the guest's own page tables (AMD APM volume 2, section 5.2 to 5.4), for instructions
/// that the hypervisor completes for the guest. Accessed and dirty bits are left alone.
/// </summary>
internal static class GuestPageWalk
{
    // A table of entries of 4 bytes has 1024 of them.
    private const int NarrowTableShift = 10;

    // #PF error code bits (section 8.4.2).
    private const uint FaultPresent = 1 << 0;
    private const uint FaultWrite = 1 << 1;
    private const uint FaultUser = 1 << 2;

    /// <summary>Translates one address.</summary>
    /// <param name="processor">The guest processor.</param>
    /// <param name="memory">Its domain's memory.</param>
    /// <param name="linear">The linear address.</param>
    /// <param name="isWrite">The access writes.</param>
    /// <param name="physical">The guest physical address.</param>
    /// <param name="errorCode">The error code of the #PF that the guest should get where this returns false.</param>
    public static bool TryTranslate(
        IVirtualProcessor processor, IGuestMemory memory, LinearAddress linear, bool isWrite, out GuestAddress physical,
        out uint errorCode)
    {
        errorCode = 0;
        if ((processor.Cr0 & ControlBits.Cr0Paging) == 0)
        {
            physical = new GuestAddress(linear.Value & 0xFFFF_FFFF);
            return true;
        }

        bool isUser = processor.PrivilegeLevel == 3;
        uint access = (isWrite ? FaultWrite : 0) | (isUser ? FaultUser : 0);
        bool honoursReadOnly = isUser || (processor.Cr0 & ControlBits.Cr0WriteProtect) != 0;
        bool isLong = (processor.Efer & ControlBits.EferLongModeActive) != 0;
        bool hasWideEntries = isLong || (processor.Cr4 & ControlBits.Cr4PhysicalAddressExtension) != 0;
        bool hasLargePages = hasWideEntries || (processor.Cr4 & ControlBits.Cr4PageSizeExtension) != 0;
        int indexBits = hasWideEntries ? PageSizes.TableShift : NarrowTableShift;
        int level = isLong ? 4 : hasWideEntries ? 3 : 2;
        ulong indexMask = (1UL << indexBits) - 1;

        // The root of three-level tables has 4 entries and may lie at any multiple of 32 bytes (section 5.2.3).
        bool isSmallRoot = level == 3;
        ulong table = isSmallRoot ? processor.Cr3 & 0xFFFF_FFE0 : processor.Cr3 & PageEntry.AddressMask;
        for (; ; level--)
        {
            int shift = PageSizes.PageShift + (indexBits * (level - 1));
            ulong index = linear.Value >> shift & (level == 3 && !isLong ? 3 : indexMask);
            if (!TryReadEntry(memory, table, index, hasWideEntries, out ulong entry) || (entry & PageEntry.Present) == 0)
            {
                errorCode = access;
                physical = default;
                return false;
            }

            // The entries of a small root have no access bits (section 5.2.3).
            bool checksAccess = !(isSmallRoot && level == 3);
            bool refused = (isUser && (entry & PageEntry.User) == 0)
                || (isWrite && honoursReadOnly && (entry & PageEntry.Writable) == 0);
            if (checksAccess && refused)
            {
                errorCode = access | FaultPresent;
                physical = default;
                return false;
            }

            bool isPage = level == 1
                || ((entry & PageEntry.Large) != 0 && ((level == 2 && hasLargePages) || (level == 3 && isLong)));
            if (isPage)
            {
                ulong offsetMask = (1UL << shift) - 1;
                physical = new GuestAddress((entry & PageEntry.AddressMask & ~offsetMask) | (linear.Value & offsetMask));
                return true;
            }

            table = entry & PageEntry.AddressMask;
        }
    }

    private static unsafe bool TryReadEntry(IGuestMemory memory, ulong table, ulong index, bool isWide, out ulong entry)
    {
        ulong value = 0;
        int size = isWide ? sizeof(ulong) : sizeof(uint);
        bool isRead = memory.TryRead(new GuestAddress(table) + (index * (uint)size), new Span<byte>(&value, size));
        entry = value;
        return isRead;
    }
}
