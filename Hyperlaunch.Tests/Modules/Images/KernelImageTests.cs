using System;
using System.IO;
using System.Text;
using Hyperlaunch.Modules.Images;
using Xunit;

namespace Hyperlaunch.Tests.Modules.Images;

public sealed class KernelImageTests
{
    [Fact]
    public void Knows_a_bzImage()
    {
        var file = new BzImageFile();

        Assert.True(KernelImage.TryParse(file.Bytes, out KernelImage image, out _));
        Assert.Equal(KernelImageKind.BzImage, image.Kind);
        Assert.Equal(0x020F, image.BzImage.Version);
        Assert.Equal(0x20_0000UL - (ulong)file.Bytes.Length, image.Headroom);
    }

    [Fact]
    public void Knows_a_bzImage_that_is_a_PE_file_as_well()
    {
        Assert.True(KernelImage.TryParse(
            new BzImageFile().Set8(0, (byte)'M').Set8(1, (byte)'Z').Bytes, out KernelImage image, out _));
        Assert.Equal(KernelImageKind.BzImage, image.Kind);
    }

    [Fact]
    public void Knows_an_ELF_file_with_a_PVH_note()
    {
        Assert.True(KernelImage.TryParse(ElfImageFile.Kernel().Build(), out KernelImage image, out _));
        Assert.Equal(KernelImageKind.PvhElf, image.Kind);
        Assert.Equal(0x100_0100UL, image.Elf.Entry);
        Assert.InRange(image.Headroom, 0x10_0000UL, 0x10_8000UL);
    }

    /// <summary>The first bytes of a file as hexadecimal, and the words that its owner needs.</summary>
    [Theory]
    [InlineData("", "empty")]
    [InlineData("1f8b0800", "gzip")]
    [InlineData("fd377a585a00", "an xz stream")]
    [InlineData("28b52ffd", "zstd")]
    [InlineData("425a6839", "bzip2")]
    [InlineData("02214c18", "LZ4")]
    [InlineData("04224d18", "LZ4")]
    [InlineData("303730373031", "ramdisk")]
    [InlineData("303730373032", "ramdisk")]
    [InlineData("d00dfeed00000040", "device tree")]
    [InlineData("4d5a9000", "EFI")]
    [InlineData("23212f62696e2f73680a", "text")]
    [InlineData("68656c6c6f", "text")]
    [InlineData("00", "0x00000000")]
    [InlineData("deadbeef", "0xefbeadde")]
    [InlineData("7f454c46", "ELF")]
    public void Says_what_else_a_file_is(string hex, string expected)
    {
        Assert.False(KernelImage.TryParse(Convert.FromHexString(hex), out KernelImage image, out ImageProblem problem));
        Assert.Equal(KernelImageKind.None, image.Kind);
        Assert.Contains(expected, problem.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Says_what_to_do_about_an_ELF_file_without_the_note()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, new byte[64], 64).Build();

        Assert.False(KernelImage.TryParse(file, out _, out ImageProblem problem));
        Assert.Contains("CONFIG_PVH", problem.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_has_a_sentence()
    {
        foreach (ImageProblemKind kind in Enum.GetValues<ImageProblemKind>())
        {
            string sentence = new ImageProblem(kind).Describe();

            Assert.EndsWith(".", sentence, StringComparison.Ordinal);
            Assert.DoesNotContain("unknown problem", sentence, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("vmlinuz", KernelImageKind.BzImage)]
    [InlineData("vmlinux", KernelImageKind.PvhElf)]
    public void Reads_the_sample_guest_where_it_has_been_fetched(string name, KernelImageKind expected)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "../../../../build/cache/guest", name);
        Assert.SkipUnless(File.Exists(path), "build/fetch-guest.sh has not been run");

        Assert.True(KernelImage.TryParse(
            File.ReadAllBytes(path), out KernelImage image, out ImageProblem problem), problem.Describe());

        Assert.Equal(expected, image.Kind);
        Assert.True(expected != KernelImageKind.BzImage || (image.BzImage.HasLongMode && image.Headroom != 0));
    }

    [Fact]
    public void A_long_text_is_known_by_its_beginning()
    {
        byte[] text = Encoding.ASCII.GetBytes(new string('x', 1000));
        text[999] = 0;

        Assert.False(KernelImage.TryParse(text, out _, out ImageProblem problem));
        Assert.Equal(ImageProblemKind.Text, problem.Kind);
        text[10] = 0;
        Assert.False(KernelImage.TryParse(text, out _, out problem));
        Assert.Equal(ImageProblemKind.Unrecognised, problem.Kind);
    }
}
