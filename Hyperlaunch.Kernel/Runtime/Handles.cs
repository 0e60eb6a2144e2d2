using System.Runtime;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>GC handles: a handle is the address of a cell that holds the reference, so CoreLib reads it without a call.</summary>
internal static unsafe class Handles
{
    private const ulong CellSize = 8;

    [RuntimeExport("RhpHandleAlloc")]
    private static nint* Allocate(nint target, int type)
    {
        nint* cell = (nint*)Heap.Allocate(CellSize);
        if (cell != null)
        {
            *cell = target;
        }

        return cell;
    }

    [RuntimeExport("RhpHandleAllocDependent")]
    private static nint* AllocateDependent(nint primary, nint secondary)
    {
        nint* cell = (nint*)Heap.Allocate(2 * CellSize);
        if (cell != null)
        {
            cell[0] = primary;
            cell[1] = secondary;
        }

        return cell;
    }

    [RuntimeExport("RhHandleGetDependent")]
    private static nint GetDependent(nint* cell, nint* secondary)
    {
        *secondary = cell[1];
        return cell[0];
    }

    [RuntimeExport("RhHandleSet")]
    private static nint* Set(nint* cell, nint target)
    {
        *cell = target;
        return cell;
    }

    [RuntimeExport("RhHandleFree")]
    private static void Free(nint* cell) => *cell = 0;
}
