using System.Runtime;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>What <c>new</c> compiles to, and the allocation services of CoreLib.</summary>
internal static unsafe class Allocation
{
    // An array's or string's length follows the method table.
    private const int LengthOffset = 8;

    [RuntimeExport("RhpNewFast")]
    private static byte* NewObject(MethodTable* type)
    {
        byte* block = Heap.Allocate(type->BaseSize);
        if (block == null)
        {
            FailedAllocation(type, overflow: 0);
        }

        block += MethodTable.ObjectHeaderSize;
        *(MethodTable**)block = type;
        return block;
    }

    // Nothing is ever finalized: nothing is ever collected.
    [RuntimeExport("RhpNewFinalizable")]
    private static byte* NewFinalizable(MethodTable* type) => NewObject(type);

    [RuntimeExport("RhpNewArrayFast")]
    private static byte* NewArray(MethodTable* type, nint length)
    {
        if ((ulong)length > int.MaxValue)
        {
            FailedAllocation(type, overflow: 1);
        }

        byte* block = Heap.Allocate(type->BaseSize + (type->ComponentSize * (ulong)length));
        if (block == null)
        {
            FailedAllocation(type, overflow: 0);
        }

        block += MethodTable.ObjectHeaderSize;
        *(MethodTable**)block = type;
        *(int*)(block + LengthOffset) = (int)length;
        return block;
    }

    // Of references, whose size is in the method table as any element's.
    [RuntimeExport("RhpNewPtrArrayFast")]
    private static byte* NewReferenceArray(MethodTable* type, nint length) => NewArray(type, length);

    [RuntimeExport("RhNewString")]
    private static byte* NewString(MethodTable* type, nint length) => NewArray(type, length);

    [RuntimeExport("RhAllocateNewObject")]
    private static void AllocateNewObject(MethodTable* type, uint flags, byte** result) => *result = NewObject(type);

    [RuntimeExport("RhAllocateNewArray")]
    private static void AllocateNewArray(MethodTable* type, uint length, uint flags, byte** result) =>
        *result = NewArray(type, (nint)length);

    [RuntimeExport("RhpGcSafeZeroMemory")]
    private static byte* ZeroMemory(byte* destination, nuint size)
    {
        Memory.Fill(destination, 0, size);
        return destination;
    }

    [RuntimeExport("RhBulkMoveWithWriteBarrier")]
    private static void BulkMove(byte* destination, byte* source, nuint size) => Memory.Move(destination, source, size);

    [RuntimeExport("RhpGetGcTotalMemory")]
    private static long TotalMemory() => (long)Heap.AllocatedBytes;

    // CoreLib throws OutOfMemoryException or OverflowException from here, with an object that it allocated at start.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RhExceptionHandling_FailedAllocation")]
    private static extern void FailedAllocation(MethodTable* type, byte overflow);
}
