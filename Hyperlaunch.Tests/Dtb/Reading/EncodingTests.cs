using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Reading;

/// <summary>One tree in every encoding that the specification allows reads the same.</summary>
public class EncodingTests
{
    private static readonly string[] Orders = ["rst", "rts", "srt", "str", "trs", "tsr"];

    public static TheoryData<uint, uint, string, int, int> Encodings()
    {
        TheoryData<uint, uint, string, int, int> encodings = [];
        foreach ((uint version, uint lastCompatible) in new (uint, uint)[] { (16, 16), (17, 16), (17, 17), (18, 16),
            (0xFFFFFFFF, 17) })
        {
            foreach (string order in Orders)
            {
                foreach ((int gap, int nops) in new[] { (0, 0), (8, 0), (0, 1), (4096, 3) })
                {
                    encodings.Add(version, lastCompatible, order, gap, nops);
                }
            }
        }

        return encodings;
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Reads_the_same(uint version, uint lastCompatible, string order, int gap, int nops)
    {
        byte[] plain = CanonicalTree.Build();
        byte[] encoded = CanonicalTree.Describe(new BlobBuilder
        {
            Version = version,
            LastCompatibleVersion = lastCompatible,
            Order = order,
            Gap = gap,
            NopsBeforeTokens = nops,
        }).Build();

        Assert.Equal(Read(plain), Read(encoded));
        Assert.Equal(0, DtbChecker.Check(encoded, []));
    }

    [Fact]
    public void A_version_16_blob_with_strings_first_may_be_followed_by_anything()
    {
        byte[] blob = new BlobBuilder { Version = 16, Order = "rts" }.Begin(
            "").Property("a").End().Word(9).Raw(1, 2, 3, 4).Build(end: false);

        Assert.Equal(0, DtbChecker.Check(blob, []));
    }

    [Fact]
    public void The_canonical_tree_says_what_it_is_described_with()
    {
        string[] lines = Read(CanonicalTree.Build()).Split('\n');

        Assert.Equal("reserve 10000000 4000", lines[0]);
        Assert.Equal("reserve ffffffff00000000 1000", lines[1]);
        Assert.Equal("0 '' cells 2 1", lines[2]);
        Assert.Equal("  #address-cells=00000002", lines[3]);
        Assert.Contains("2 'serial@1000' cells 1 1", lines);
        Assert.Equal(11, lines.Count(line => line.Contains('\'')));
    }

    private static string Read(IEnumerable<byte> blob)
    {
        Assert.True(DeviceTree.TryOpen(blob.ToArray(), out DeviceTree tree, out DtbError error), error.ToString());
        return CanonicalTree.Read(tree);
    }
}
