using System;
using Hyperlaunch.Modules.Images;
using Xunit;

namespace Hyperlaunch.Tests.Modules.Images;

public sealed class BzImageTests
{
    [Fact]
    public void Reads_what_a_kernel_asks_for()
    {
        var file = new BzImageFile();

        Assert.True(BzImage.TryParse(file.Bytes, out BzImage image, out _));

        Assert.Equal(0x020F, image.Version);
        Assert.Equal(0x100_0000UL, image.PreferredAddress);
        Assert.Equal(0x20_0000UL, image.InitialSize);
        Assert.Equal(0x20_0000UL, image.Alignment);
        Assert.True(image.IsRelocatable);
        Assert.True(image.HasLongMode);
        Assert.True(image.IsRamdiskAllowedAbove4GiB);
        Assert.Equal(2047u, image.CommandLineSize);
        Assert.Equal(0x7FFF_FFFFu, image.RamdiskMaximum);
        Assert.True(image.Code.SequenceEqual(file.Code));
        Assert.Equal(0x20_0000UL - (ulong)file.Bytes.Length, image.Headroom);
        Assert.True(image.Header.SequenceEqual(file.Bytes.AsSpan(0x1F1, 0x26C - 0x1F1)), "the jump at 0x200 leads to 0x26C");
    }

    [Fact]
    public void No_setup_sectors_means_four()
    {
        BzImageFile file = new BzImageFile().Set8(0x1F1, 0);

        Assert.True(BzImage.TryParse(file.Bytes, out BzImage image, out _));
        Assert.True(image.Code.SequenceEqual(file.Bytes.AsSpan(5 * 512, image.Code.Length)));
    }

    [Fact]
    public void What_follows_the_code_is_not_loaded()
    {
        var file = new BzImageFile(0x8000);
        file.Resize(file.Bytes.Length + 2000);

        Assert.True(BzImage.TryParse(file.Bytes, out BzImage image, out _));
        Assert.Equal(0x8000, image.Code.Length);
    }

    [Fact]
    public void The_last_paragraph_may_be_broken()
    {
        var file = new BzImageFile(0x8000);
        file.Set32(0x24C, 0x100).Resize(file.Bytes.Length - 15);

        Assert.True(BzImage.TryParse(file.Bytes, out BzImage image, out _));
        Assert.Equal(0x8000 - 15, image.Code.Length);
        file.Resize(file.Bytes.Length - 1);
        Assert.Equal(ImageProblemKind.CodeTruncated, ProblemOf(file));
    }

    [Theory]
    [InlineData(0x0206, false)]
    [InlineData(0x0209, false)]
    [InlineData(0x020A, true)]
    public void Older_protocols_prefer_one_MiB_and_need_their_code(ushort version, bool hasInitialSize)
    {
        BzImageFile file = new BzImageFile().Set16(0x206, version);

        Assert.True(BzImage.TryParse(file.Bytes, out BzImage image, out _));
        Assert.Equal(hasInitialSize ? 0x100_0000UL : 0x10_0000UL, image.PreferredAddress);
        Assert.Equal(hasInitialSize ? 0x20_0000UL : 0x8000UL, image.InitialSize);
        Assert.False(image.HasLongMode, "xloadflags came with 2.12");
        Assert.False(image.IsRamdiskAllowedAbove4GiB);
    }

    [Fact]
    public void A_32_bit_kernel_has_no_64_bit_entry()
    {
        Assert.True(BzImage.TryParse(new BzImageFile().Set16(0x236, 0x02).Bytes, out BzImage image, out _));
        Assert.False(image.HasLongMode);
        Assert.True(image.IsRamdiskAllowedAbove4GiB);
    }

    [Fact]
    public void The_header_never_runs_into_the_zero_pages_next_field()
    {
        Assert.True(BzImage.TryParse(new BzImageFile().Set8(0x201, 0xFF).Bytes, out BzImage longest, out _));
        Assert.Equal(0x290 - 0x1F1, longest.Header.Length);
        Assert.True(BzImage.TryParse(new BzImageFile().Set8(0x201, 0).Bytes, out BzImage shortest, out _));
        Assert.Equal(0x264 - 0x1F1, shortest.Header.Length);
    }

    [Theory]
    [InlineData(0x0205)]
    [InlineData(0x0100)]
    [InlineData(0)]
    public void Refuses_a_protocol_before_2_06(ushort version)
    {
        BzImageFile file = new BzImageFile().Set16(0x206, version);

        Assert.False(BzImage.TryParse(file.Bytes, out _, out ImageProblem problem));
        Assert.Equal(ImageProblemKind.ProtocolVersion, problem.Kind);
        Assert.Contains($"0x{version:x4}", problem.Describe(), StringComparison.Ordinal);
        Assert.Contains("0x0206", problem.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x206)]
    [InlineData(0x23B)]
    [InlineData(0x263)]
    [InlineData(BzImageFile.CodeOffset - 1)]
    public void Refuses_a_file_that_ends_within_its_setup_part(int length)
    {
        Assert.Equal(ImageProblemKind.SetupTruncated, ProblemOf(new BzImageFile().Resize(length)));
    }

    [Fact]
    public void Refuses_a_setup_part_that_is_larger_than_the_file()
    {
        Assert.Equal(ImageProblemKind.SetupTruncated, ProblemOf(new BzImageFile(0x8000).Set8(0x1F1, 0xFF)));
    }

    [Fact]
    public void One_setup_sector_holds_the_header()
    {
        Assert.True(BzImage.TryParse(new BzImageFile().Set8(0x1F1, 1).Bytes, out _, out _));
    }

    [Fact]
    public void Refuses_a_zImage()
    {
        Assert.Equal(ImageProblemKind.NotLoadedHigh, ProblemOf(new BzImageFile().Set8(0x211, 0x80)));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x801u)]
    [InlineData(0xFFFF_FFFFu)]
    public void Refuses_code_that_the_file_does_not_have(uint paragraphs)
    {
        Assert.Equal(ImageProblemKind.CodeTruncated, ProblemOf(new BzImageFile(0x8000).Set32(0x1F4, paragraphs)));
    }

    [Theory]
    [InlineData(0x7FFFu, 2u)]
    [InlineData(0u, 0x8001u)]
    [InlineData(0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    public void Refuses_a_compressed_kernel_outside_the_code(uint offset, uint length)
    {
        Assert.Equal(ImageProblemKind.PayloadBounds, ProblemOf(
            new BzImageFile(0x8000).Set32(0x248, offset).Set32(0x24C, length)));
    }

    [Fact]
    public void A_compressed_kernel_may_end_with_the_code()
    {
        Assert.True(BzImage.TryParse(new BzImageFile(0x8000).Set32(0x248, 0x7FFF).Set32(0x24C, 1).Bytes, out _, out _));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x800u)]
    [InlineData(0x30_0000u)]
    public void Refuses_an_alignment_that_is_none(uint alignment)
    {
        Assert.Equal(ImageProblemKind.Alignment, ProblemOf(new BzImageFile().Set32(0x230, alignment)));
        Assert.True(BzImage.TryParse(
            new BzImageFile().Set32(0x230, alignment).Set8(0x234, 0).Bytes, out _, out _), "not relocatable");
    }

    [Theory]
    [InlineData(0x100_0000ul, 0x7FFFu)]
    [InlineData(0x100_0000ul, 0xFF00_0001u)]
    [InlineData(0xFFFF_FFFF_FFFF_F000ul, 0x20_0000u)]
    [InlineData(0x1_0000_0000ul, 0x20_0000u)]
    public void Refuses_a_place_that_leaves_the_first_4_GiB_or_does_not_hold_the_code(ulong address, uint size)
    {
        Assert.Equal(ImageProblemKind.LoadRange, ProblemOf(new BzImageFile(0x8000).Set64(0x258, address).Set32(0x260, size)));
    }

    [Fact]
    public void A_place_may_end_with_the_first_4_GiB()
    {
        Assert.True(BzImage.TryParse(new BzImageFile(0x8000).Set32(0x260, 0xFF00_0000).Bytes, out _, out _));
    }

    [Fact]
    public void Survives_headers_with_random_damage()
    {
        byte[] good = new BzImageFile(0x1000).Bytes;
        var random = new Random(61);
        int parsed = 0;
        for (int round = 0; round < 30_000; round++)
        {
            byte[] bytes = good.AsSpan(0, round % 4 == 0 ? random.Next(good.Length + 1) : good.Length).ToArray();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(0x1F1, 0x270);
                if (at < bytes.Length)
                {
                    bytes[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
                }
            }

            if (BzImage.TryParse(bytes, out BzImage image, out ImageProblem problem))
            {
                parsed++;
                Assert.True(image.Header.Length > 0 && image.Code.Length > 0);
                Assert.True(image.PreferredAddress + image.InitialSize <= 1UL << 32);
                Assert.True(image.InitialSize >= (ulong)image.Code.Length);
                Assert.True(image.Headroom <= image.InitialSize);
            }
            else
            {
                Assert.NotEqual(ImageProblemKind.None, problem.Kind);
            }
        }

        Assert.InRange(parsed, 1000, 29_000);
    }

    private static ImageProblemKind ProblemOf(BzImageFile file)
    {
        Assert.False(BzImage.TryParse(file.Bytes, out _, out ImageProblem problem));
        Assert.DoesNotContain("unknown", problem.Describe(), StringComparison.Ordinal);
        return problem.Kind;
    }
}
