using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb;

/// <summary>The C library, as the judge of what can be read.</summary>
internal static unsafe partial class Libfdt
{
    private static ReadOnlySpan<byte> NopAndEnd => [0, 0, 0, 4, 0, 0, 0, 9];

    /// <summary>What it has to say of a blob: 0, or a negative error.</summary>
    public static int CheckFull(ReadOnlySpan<byte> blob)
    {
        // It insists on 8-byte alignment in memory, which arrays of that type have.
        ulong[] aligned = new ulong[(blob.Length / sizeof(ulong)) + 1];
        blob.CopyTo(MemoryMarshal.AsBytes(aligned.AsSpan()));
        // Sound: the library is told how much of what is fixed it may read.
        fixed (ulong* start = aligned)
        {
            try
            {
                return CheckFull((byte*)start, (nuint)blob.Length);
            }
            catch (DllNotFoundException)
            {
                throw new InvalidOperationException("libfdt is missing; as root: apt-get install libfdt1");
            }
        }
    }

    /// <summary>
    /// Lenient opening takes what libfdt takes. It is asked where its answer is worth something: not of blobs whose header
    /// is refused here, nor past a point where libfdt goes on, since version 1.6 follows a property length that wraps in
    /// circles for ever.
    /// </summary>
    public static void AssertAgrees(ReadOnlySpan<byte> blob)
    {
        bool opens = DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out _, out DtbError error);
        bool hasSameEnd = error.Kind is DtbErrorKind.MissingEnd or DtbErrorKind.UnknownTag or DtbErrorKind.SecondRoot
            or DtbErrorKind.NamedRoot or DtbErrorKind.ExtraEndNode or DtbErrorKind.MissingEndNode
                or DtbErrorKind.NodeNameUnterminated
            // Below version 17 libfdt does not know where the strings end.
            || (error.Kind is DtbErrorKind.PropertyNameOutOfBounds or DtbErrorKind.PropertyNameUnterminated
                && BinaryPrimitives.ReadUInt32BigEndian(blob[20..]) >= 17);
        if (opens || hasSameEnd)
        {
            // It refuses a NOP after the root node, though a NOP means nothing wherever it is (5.4.1).
            bool hasNopBeforeEnd = opens && blob.IndexOf(NopAndEnd) >= 0;
            Assert.True(opens == (CheckFull(blob) == 0) || hasNopBeforeEnd, error.ToString());
        }
    }

    [LibraryImport("libfdt.so.1", EntryPoint = "fdt_check_full")]
    private static partial int CheckFull(byte* blob, nuint length);
}
