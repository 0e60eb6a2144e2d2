using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>The part of a type's description that allocation reads: Internal.Runtime.MethodTable in CoreLib.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MethodTable
{
    /// <summary>
    /// Bytes before an object's first field, where its lock word lies: an object's address is that of its method table.
    /// </summary>
    public const ulong ObjectHeaderSize = 8;

    private readonly uint _flags;
    private readonly uint _baseSize;

    /// <summary>Bytes of one element of an array or string.</summary>
    public ushort ComponentSize => (ushort)_flags;

    /// <summary>Bytes of an object of this type without elements, header included.</summary>
    public uint BaseSize => _baseSize;
}
