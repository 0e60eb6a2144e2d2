using System.Runtime;

using Hyperlaunch.Kernel.Boot;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>What System.Private.TypeLoader asks when it makes a generic type or method that ilc did not foresee.</summary>
internal static unsafe class TypeLoading
{
    // The stubs of the __unbox section: ADD RDI, 8; JMP rel32.
    private const uint AddRdi8 = 0x08c78348;
    private const byte Jump = 0xe9;
    private const int JumpOffset = 4;
    private const int StubSize = 9;

    // A map of references: the number of series before the method table, and two words each below it. A negative number is an
    // array of structures: one series, then as many half words of eight bytes.
    private const int WordSize = 8;

    /// <summary>The method behind a stub that unboxes its receiver; the address itself when it is no such stub.</summary>
    [RuntimeExport("RhGetCodeTarget")]
    private static byte* CodeTarget(byte* code)
    {
        ImageLayout* image = ImageLayout.Current;
        bool isStub = (ulong)code >= image->UnboxStart && (ulong)code < image->UnboxEnd
            && *(uint*)code == AddRdi8 && code[JumpOffset] == Jump;
        return isStub ? code + StubSize + *(int*)(code + JumpOffset + 1) : code;
    }

    /// <summary>Bytes of the map of references before a method table.</summary>
    [RuntimeExport("RhGetGCDescSize")]
    private static int ReferenceMapSize(MethodTable* type)
    {
        if (!type->HasReferences)
        {
            return 0;
        }

        long series = *(long*)((byte*)type - WordSize);
        return series > 0
            ? (int)(WordSize + (series * 2 * WordSize))
            : (int)(WordSize + (2 * WordSize) + ((-series - 1) * WordSize));
    }
}
