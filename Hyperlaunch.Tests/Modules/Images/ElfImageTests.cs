using System;
using System.Buffers.Binary;
using System.Linq;
using Hyperlaunch.Modules.Images;
using Xunit;
using static Hyperlaunch.Tests.Modules.Images.ElfImageFile;

namespace Hyperlaunch.Tests.Modules.Images;

public sealed class ElfImageTests
{
    private const uint KernelEntry = 0x100_0100;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reads_what_a_kernel_asks_for(bool is64)
    {
        byte[] file = ElfImageFile.Kernel(is64).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out ImageProblem problem), problem.Describe());

        Assert.Equal(KernelEntry, image.Entry);
        Assert.Equal(0x100_0000UL, image.Start);
        Assert.Equal(0x110_8000UL, image.End);
        Assert.False(image.IsRelocatable);
        Assert.Equal(3, image.HeaderCount);
        Assert.Equal(0x10_8000UL - (ulong)file.Length, image.Headroom);
        Assert.True(image.TryGetSegment(0, out ElfSegment text));
        Assert.Equal((0x100_0000UL, 0x3000UL), (text.Address, text.MemorySize));
        Assert.True(text.Content.SequenceEqual(Pattern(0x3000, 3)));
        Assert.True(image.TryGetSegment(1, out ElfSegment data));
        Assert.Equal(0x110_8000UL, data.End);
        Assert.Equal(0x1234, data.Content.Length);
        Assert.False(image.TryGetSegment(2, out _), "notes are not loaded");
    }

    [Fact]
    public void Takes_an_entry_of_64_bits_too()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64)
            .Notes(Note("Xen", 18, BitConverter.GetBytes(0x100_0020UL))).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.Equal(0x100_0020UL, image.Entry);
    }

    [Fact]
    public void The_first_entry_note_counts()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes(Entry(0x100_0001), Entry(0x100_0002)).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.Equal(0x100_0001UL, image.Entry);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Finds_the_note_in_a_section_when_no_program_header_has_it(bool is64)
    {
        byte[] file = new ElfImageFile(is64).Load(0x100_0000, Pattern(64, 1), 64)
            .Notes(Note("GNU", 18, [0, 0, 0, 0]))
            .NoteSection(Note("Xen", 6, [0])).NoteSection(Entry(0x100_0004)).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.Equal(0x100_0004UL, image.Entry);
    }

    [Theory]
    [InlineData(true, 63)]
    [InlineData(false, 39)]
    public void Sections_whose_headers_have_an_impossible_size_are_not_read(bool is64, byte size)
    {
        byte[] file = new ElfImageFile(is64).Load(0x100_0000, Pattern(64, 1), 64).NoteSection(Entry(0x100_0004)).Build();
        Assert.True(ElfImage.TryParse(file, out _, out _));
        file[is64 ? 58 : 46] = size;

        Assert.Equal(ImageProblemKind.ElfNoPvhNote, ProblemOf(file));
    }

    [Fact]
    public void A_section_of_another_kind_holds_no_notes()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).NoteSection(Entry(0x100_0004)).Build();
        file[^60] = 1;

        Assert.Equal(ImageProblemKind.ElfNoPvhNote, ProblemOf(file));
    }

    [Fact]
    public void Sections_are_not_asked_when_a_program_header_has_the_note()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64)
            .Notes(Entry(0x100_0001)).NoteSection(Note("Xen", 18, [1])).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.Equal(0x100_0001UL, image.Entry);
    }

    [Theory]
    [InlineData(new uint[0], 0x20_0000ul, 0ul, 0xFFFF_FFFFul)]
    [InlineData(new uint[] { 0x1000 }, 0x1000ul, 0ul, 0xFFFF_FFFFul)]
    [InlineData(new uint[] { 0, 0x40_0000 }, 0x20_0000ul, 0x40_0000ul, 0xFFFF_FFFFul)]
    [InlineData(new uint[] { 0x10_0000, 0x40_0000, 0x7FF_FFFF }, 0x10_0000ul, 0x40_0000ul, 0x7FF_FFFFul)]
    public void Reads_the_relocation_note(uint[] values, ulong alignment, ulong lowest, ulong highest)
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64)
            .Notes(Relocation(values), Entry(0x100_0000)).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.True(image.IsRelocatable);
        Assert.Equal((alignment, lowest, highest), (image.Alignment, image.LowestAddress, image.HighestAddress));
    }

    [Theory]
    [InlineData(0ul, 0x20_0000ul)]
    [InlineData(16ul, 0x20_0000ul)]
    [InlineData(0x3000ul, 0x20_0000ul)]
    [InlineData(0x4000ul, 0x4000ul)]
    public void A_relocation_without_alignment_takes_the_segments(ulong segmentAlignment, ulong expected)
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64, segmentAlignment)
            .Notes(Relocation(), Entry(0x100_0000)).Build();

        Assert.True(ElfImage.TryParse(file, out ElfImage image, out _));
        Assert.Equal(expected, image.Alignment);
    }

    [Theory]
    [InlineData(new uint[] { 0x3000 })]
    [InlineData(new uint[] { 0x800 })]
    [InlineData(new uint[] { 0, 0x2000, 0x1000 })]
    public void Refuses_a_relocation_note_that_contradicts_itself(uint[] values)
    {
        Assert.Equal(
            ImageProblemKind.ElfRelocation,
            ProblemOf(new ElfImageFile().Load(
                0x100_0000, Pattern(64, 1), 64).Notes(Relocation(values), Entry(0x100_0000)).Build()));
    }

    [Theory]
    [InlineData("Xen", 19u)]
    [InlineData("xen", 18u)]
    [InlineData("Xen2", 18u)]
    [InlineData("GNU", 18u)]
    [InlineData("Xe", 18u)]
    public void Refuses_a_kernel_without_the_entry_note(string owner, uint type)
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes(Note(owner, type, [0, 0x10, 0, 0])).Build();

        Assert.Equal(ImageProblemKind.ElfNoPvhNote, ProblemOf(file));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(12)]
    public void Refuses_an_entry_note_of_another_size(int size)
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes(Note("Xen", 18, new byte[size])).Build();

        Assert.Equal(ImageProblemKind.ElfPvhNoteSize, ProblemOf(file));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void A_note_whose_size_wraps_ends_the_search(int field)
    {
        byte[] bad = Note("GNU", 1, [0, 0, 0, 0]);
        BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(field), 0xFFFF_FFFF);
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes(bad, Entry(0x100_0000)).Build();

        Assert.Equal(ImageProblemKind.ElfNoPvhNote, ProblemOf(file));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Looks_at_256_notes(int before, bool isFound)
    {
        byte[][] notes = [.. Enumerable.Repeat(Note("GNU", 1, []), before), Entry(0x100_0000)];
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes(notes).Build();

        Assert.Equal(isFound, ElfImage.TryParse(file, out _, out _));
    }

    [Theory]
    [InlineData(0x0FF_FFFFu)]
    [InlineData(0x100_0040u)]
    [InlineData(0x100_0050u)]
    [InlineData(0u)]
    [InlineData(0xFFFF_FFFFu)]
    public void Refuses_an_entry_outside_every_segments_bytes(uint entry)
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 128).Notes(Entry(entry)).Build();

        Assert.Equal(ImageProblemKind.ElfEntry, ProblemOf(file));
    }

    [Theory]
    [InlineData(4, 3, ImageProblemKind.ElfClass)]
    [InlineData(4, 0, ImageProblemKind.ElfClass)]
    [InlineData(5, 2, ImageProblemKind.ElfClass)]
    [InlineData(18, 40, ImageProblemKind.ElfMachine)]
    [InlineData(18, 183, ImageProblemKind.ElfMachine)]
    [InlineData(16, 1, ImageProblemKind.ElfType)]
    [InlineData(16, 4, ImageProblemKind.ElfType)]
    [InlineData(56, 65, ImageProblemKind.ElfTooManyHeaders)]
    [InlineData(56, 0, ImageProblemKind.ElfNoSegment)]
    [InlineData(54, 55, ImageProblemKind.ElfHeaders)]
    [InlineData(54, 0, ImageProblemKind.ElfHeaders)]
    public void Refuses_a_header_that_is_wrong(int offset, byte value, ImageProblemKind expected)
    {
        byte[] file = ElfImageFile.Kernel().Build();
        file[offset] = value;

        Assert.Equal(expected, ProblemOf(file));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(51)]
    [InlineData(63)]
    [InlineData(64 + (3 * 56) - 1)]
    public void Refuses_a_file_that_ends_within_its_headers(int length)
    {
        Assert.Equal(ImageProblemKind.ElfHeaders, ProblemOf(ElfImageFile.Kernel().Build()[..length]));
    }

    [Fact]
    public void Refuses_program_headers_beyond_the_file()
    {
        byte[] file = ElfImageFile.Kernel().Build();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), ulong.MaxValue - 8);

        Assert.Equal(ImageProblemKind.ElfHeaders, ProblemOf(file));
    }

    [Theory]
    [InlineData(8, ulong.MaxValue, ImageProblemKind.ElfSegmentBounds)]
    [InlineData(8, 0x7FFF_FFFFul, ImageProblemKind.ElfSegmentBounds)]
    [InlineData(32, ulong.MaxValue, ImageProblemKind.ElfSegmentBounds)]
    [InlineData(40, 0x2FFFul, ImageProblemKind.ElfSegmentSize)]
    [InlineData(40, 0ul, ImageProblemKind.ElfSegmentSize)]
    [InlineData(40, ulong.MaxValue, ImageProblemKind.ElfSegmentAddress)]
    [InlineData(24, 0xFFFF_FFFFul, ImageProblemKind.ElfSegmentAddress)]
    [InlineData(24, 0xFFFF_FFFF_0000_0000ul, ImageProblemKind.ElfSegmentAddress)]
    [InlineData(24, 0x110_7FFFul, ImageProblemKind.ElfSegmentOverlap)]
    [InlineData(24, 0x10F_D001ul, ImageProblemKind.ElfSegmentOverlap)]
    public void Refuses_a_segment_that_is_wrong(int field, ulong value, ImageProblemKind expected)
    {
        byte[] file = ElfImageFile.Kernel().Build();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(64 + field), value);

        Assert.Equal(expected, ProblemOf(file));
    }

    [Theory]
    [InlineData(0x110_8000ul)]
    [InlineData(0x10F_D000ul)]
    [InlineData(0xFFFF_D000ul)]
    public void Segments_may_touch_each_other_and_the_end(ulong address)
    {
        byte[] file = ElfImageFile.Kernel(entry: (uint)address).Build();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(64 + 24), address);

        Assert.True(ElfImage.TryParse(file, out _, out ImageProblem problem), problem.Describe());
    }

    [Fact]
    public void Note_headers_outside_the_file_are_passed_over()
    {
        byte[] file = new ElfImageFile().Load(0x100_0000, Pattern(64, 1), 64).Notes([]).Notes(Entry(0x100_0000)).Build();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(64 + 56 + 8), ulong.MaxValue);

        Assert.True(ElfImage.TryParse(file, out _, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Survives_files_with_random_damage(bool is64)
    {
        byte[] good = new ElfImageFile(is64).Load(0x100_0000, Pattern(64, 3), 96).Load(0x110_0000, Pattern(32, 5), 64)
            .Notes(Note("GNU", 3, [1, 2, 3, 4, 5]), Relocation(0x1000), Entry(0x100_0010)).NoteSection(Entry(0x100_0020)).Build();
        var random = new Random(93);
        int parsed = 0;
        for (int round = 0; round < 30_000; round++)
        {
            byte[] bytes = good.AsSpan(0, round % 4 == 0 ? random.Next(good.Length + 1) : good.Length).ToArray();
            for (int change = random.Next(1, 4); change > 0 && bytes.Length > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
            }

            if (ElfImage.TryParse(bytes, out ElfImage image, out ImageProblem problem))
            {
                parsed++;
                bool isEntryInside = false;
                for (int i = 0; i < image.HeaderCount; i++)
                {
                    if (image.TryGetSegment(i, out ElfSegment segment))
                    {
                        Assert.True(segment.Address >= image.Start && segment.End <= image.End && segment.End >= segment.Address);
                        isEntryInside |= image.Entry >= segment.Address && image.Entry < segment.Address
                            + (ulong)segment.Content.Length;
                    }
                }

                Assert.True(isEntryInside && image.End <= 1UL << 32);
            }
            else
            {
                Assert.NotEqual(ImageProblemKind.None, problem.Kind);
            }
        }

        Assert.InRange(parsed, 1000, 29_000);
    }

    private static ImageProblemKind ProblemOf(byte[] file)
    {
        Assert.False(ElfImage.TryParse(file, out _, out ImageProblem problem));
        Assert.DoesNotContain("unknown", problem.Describe(), StringComparison.Ordinal);
        return problem.Kind;
    }
}
