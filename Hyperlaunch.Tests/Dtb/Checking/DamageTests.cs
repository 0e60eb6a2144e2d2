using System;
using System.Buffers.Binary;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Checking;

/// <summary>Damage of every kind to a small tree that lies against an unmapped page.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly GuardedMemory memory = new(65536);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Refuses_a_blob_that_is_cut_at_any_byte()
    {
        byte[] blob = CanonicalTree.Build();
        for (int length = 0; length < blob.Length; length++)
        {
            DtbErrorKind kind = Verdict.Of(memory.PlaceAtEnd(blob.AsSpan(0, length)));
            Assert.Equal(length < 40 ? DtbErrorKind.HeaderTruncated : DtbErrorKind.TotalSizeBeyondBuffer, kind);
        }

        Assert.Equal(DtbErrorKind.None, Verdict.Of(memory.PlaceAtEnd(blob)));
    }

    [Theory]
    [InlineData(16u)]
    [InlineData(17u)]
    public void Refuses_a_blob_that_is_cut_at_any_byte_and_says_it_ends_there(uint version)
    {
        // The strings come first, so that the cut goes through the structure as well.
        byte[] blob = CanonicalTree.Describe(new BlobBuilder { Version = version, Order = "rts" }).Build();
        for (int length = 40; length < blob.Length; length++)
        {
            Span<byte> cut = memory.PlaceAtEnd(blob.AsSpan(0, length));
            BinaryPrimitives.WriteUInt32BigEndian(cut[4..], (uint)length);
            Assert.NotEqual(DtbErrorKind.None, Verdict.Of(cut));
        }
    }

    [Theory]
    [InlineData(16u)]
    [InlineData(17u)]
    public void Survives_every_change_of_a_single_byte(uint version)
    {
        byte[] blob = new BlobBuilder { Version = version }.Reserve(1, 2).Begin("").Property("reg", BlobBuilder.Cells(1, 2, 3))
            .Property("phandle", BlobBuilder.Cells(1)).Begin("ab").Property("reg", 7).End().Begin("b@1").End().End().Build();
        Span<byte> placed = memory.PlaceAtEnd(blob);
        int refused = 0;
        for (int at = 0; at < blob.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                placed[at] = (byte)value;
                refused += Verdict.Of(placed) == DtbErrorKind.None ? 0 : 1;
            }

            placed[at] = blob[at];
        }

        Assert.InRange(refused, blob.Length * 64, blob.Length * 255);
    }
}
