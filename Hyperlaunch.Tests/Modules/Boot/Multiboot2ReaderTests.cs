using System;
using System.Buffers.Binary;
using System.Linq;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Modules.Boot;

public sealed class Multiboot2ReaderTests
{
    private const ulong Address = 0x9000;

    [Fact]
    public void Reads_what_GRUB_gives()
    {
        byte[] block = new Multiboot2Block()
            .Text(1, "measure console=raw")
            .Text(2, "GRUB 2.06-13+deb12u1")
            .Module(0x20_0000, 0x20_1234, "")
            .Module(0x30_0000, 0x40_0000, "console=ttyS0 quiet")
            .BasicMemory(639, 130048)
            .Map((0, 0x9_FC00, 1), (0x9_FC00, 0x400, 2), (0x10_0000, 0x7EE_0000, 1), (0x7FE_0000, 0x2_0000, 3))
            .Screen(0xB_8000, 160, 80, 25, 16, 2)
            .End();

        BootInfo info = Read(block);

        Assert.Equal(BootProtocol.Multiboot2, info.Protocol);
        Assert.Equal("measure console=raw", info.CommandLine);
        Assert.Equal("GRUB 2.06-13+deb12u1", info.LoaderName);
        Assert.Equal([0, 1], info.Modules.Select(module => module.Index));
        Assert.Equal(0x20_0000UL, info.Modules[0].Range.Start);
        Assert.Equal(0x1234UL, info.Modules[0].Range.Length);
        Assert.Equal("", info.Modules[0].CommandLine);
        Assert.Equal("console=ttyS0 quiet", info.Modules[1].CommandLine);
        Assert.Equal(4, info.MemoryMap.Length);
        Assert.Equal(MemoryKind.AcpiReclaimable, info.MemoryMap[3].Kind);
        Assert.True(info.Framebuffer!.IsText);
        Assert.Equal(80u, info.Framebuffer.Width);
        Assert.Equal(0UL, info.RootPointerAddress);
        Assert.Equal(Address, info.InformationRange.Start);
        Assert.Equal((ulong)block.Length, info.InformationRange.Length);
        Assert.Empty(info.Problems);
    }

    [Theory]
    [InlineData("qemu", "hyperlaunch.elf loglevel=all", "loglevel=all")]
    [InlineData("qemu", "hyperlaunch.elf", "")]
    [InlineData("qemu", "hyperlaunch.elf   a  b ", "a  b ")]
    [InlineData("GNU GRUB 0.97", "/boot/hyperlaunch.elf a", "a")]
    [InlineData("GRUB 2.06", "loglevel=all other", "loglevel=all other")]
    [InlineData("", "first second", "first second")]
    public void Takes_the_file_name_away_from_loaders_that_put_it_first(string loader, string given, string expected)
    {
        byte[] block = Multiboot2Block.WithMemory().Text(1, given).Text(2, loader).Module(0x20_0000, 0x20_1000, given).End();

        BootInfo info = Read(block);

        Assert.Equal(expected, info.CommandLine);
        Assert.Equal(expected, info.Modules[0].CommandLine);
    }

    [Theory]
    [InlineData(14, 20)]
    [InlineData(15, 36)]
    public void Gives_the_address_of_the_loaders_copy_of_the_ACPI_root_pointer(uint type, int size)
    {
        Multiboot2Block block = Multiboot2Block.WithMemory();
        int offset = block.NextOffset;

        BootInfo info = Read(block.Tag(type, new byte[size]).End());

        Assert.Equal(Address + (ulong)offset + 8, info.RootPointerAddress);
    }

    [Fact]
    public void Prefers_the_newer_ACPI_root_pointer()
    {
        Multiboot2Block block = Multiboot2Block.WithMemory().Tag(14, new byte[20]);
        int offset = block.NextOffset;

        BootInfo info = Read(block.Tag(15, new byte[36]).End());

        Assert.Equal(Address + (ulong)offset + 8, info.RootPointerAddress);
    }

    [Fact]
    public void Leaves_out_a_root_pointer_that_is_too_short()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Tag(15, new byte[35]).End());

        Assert.Equal(0UL, info.RootPointerAddress);
        Assert.Equal(BootProblemKind.TagTooShort, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Takes_the_two_memory_figures_where_there_is_no_map()
    {
        BootInfo info = Read(new Multiboot2Block().BasicMemory(640, 1024).End());

        Assert.Equal(2, info.MemoryMap.Length);
        Assert.Equal(0xA_0000UL, info.MemoryMap[0].Range.End);
        Assert.Equal(0x10_0000UL, info.MemoryMap[1].Range.Start);
        Assert.Equal(0x20_0000UL, info.MemoryMap[1].Range.End);
    }

    [Fact]
    public void Reads_map_entries_that_are_longer_than_today()
    {
        BootInfo info = Read(new Multiboot2Block().Map(40, (0, 0x1000, 1), (0x1000, 0x1000, 2)).End());

        Assert.Equal([MemoryKind.Usable, MemoryKind.Reserved], info.MemoryMap.Select(entry => entry.Kind));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(23)]
    [InlineData(-1)]
    public void Does_not_read_map_entries_of_an_impossible_size(int size)
    {
        BootInfo info = Read(new Multiboot2Block().BasicMemory(640, 1024).Map(size, (0, 0x1000, 1)).End());

        Assert.Equal(BootProblemKind.MemoryMapEntrySize, Assert.Single(info.Problems).Kind);
        Assert.Equal(2, info.MemoryMap.Length);
    }

    [Fact]
    public void Takes_over_256_map_entries_and_says_so()
    {
        var entries = new (ulong, ulong, uint)[300];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = ((ulong)i * 0x2000, 0x1000, 1);
        }

        BootInfo info = Read(new Multiboot2Block().Map(entries).End());

        Assert.Equal(256, info.MemoryMap.Length);
        Assert.Equal(300UL, Assert.Single(info.Problems).Found);
    }

    [Fact]
    public void Fails_without_usable_memory()
    {
        byte[] block = new Multiboot2Block().Map((0, 0x1000, 2)).End();

        Assert.False(Multiboot2Reader.TryRead(block, Address, out BootInfo? info, out BootProblem problem));
        Assert.Null(info);
        Assert.Equal(BootProblemKind.NoMemory, problem.Kind);
    }

    [Theory]
    [InlineData(0, 0u, BootProblemKind.TooShort)]
    [InlineData(7, 0u, BootProblemKind.TooShort)]
    [InlineData(8, 7u, BootProblemKind.TooShort)]
    [InlineData(64, 65u, BootProblemKind.TooLarge)]
    [InlineData(64, 0xFFFF_FFFFu, BootProblemKind.TooLarge)]
    public void Fails_where_the_block_has_an_impossible_size(int length, uint stated, BootProblemKind expected)
    {
        byte[] block = new byte[length];
        if (length >= 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block, stated);
        }

        Assert.False(Multiboot2Reader.TryRead(block, Address, out _, out BootProblem problem));
        Assert.Equal(expected, problem.Kind);
    }

    [Fact]
    public void A_module_without_bytes_is_noted()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Module(0x20_0000, 0x20_0000, "").End());

        Assert.True(info.Modules[0].Range.IsEmpty);
        Assert.Equal(BootProblemKind.ModuleRange, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void A_module_that_ends_before_it_starts_keeps_its_index_and_is_empty()
    {
        BootInfo info = Read(
            Multiboot2Block.WithMemory().Module(0x20_0000, 0x1F_FFFF, "bad").Module(0x30_0000, 0x30_0001, "good").End());

        Assert.True(info.Modules[0].Range.IsEmpty);
        Assert.Equal("bad", info.Modules[0].CommandLine);
        Assert.Equal(1, info.Modules[1].Index);
        Assert.Equal(1UL, info.Modules[1].Range.Length);
        BootProblem problem = Assert.Single(info.Problems);
        Assert.Equal(BootProblemKind.ModuleRange, problem.Kind);
        Assert.Contains("0x200000", problem.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1100_0000u - 1, 0x1100_0001u)]
    [InlineData(0xF_FFFFu, 0x10_0001u)]
    [InlineData(0x2000_0000u, 0x2000_1000u)]
    public void A_module_that_is_not_all_in_usable_memory_is_empty(uint start, uint end)
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Module(start, end, "a").Module(0x20_0000, 0x20_1000, "b").End());

        Assert.True(info.Modules[0].Range.IsEmpty);
        Assert.Equal("a", info.Modules[0].CommandLine);
        Assert.Equal(0x1000UL, info.Modules[1].Range.Length);
        Assert.Equal(BootProblemKind.ModuleOutsideMemory, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Modules_may_fill_usable_memory_to_its_ends_and_touch_each_other()
    {
        BootInfo info = Read(
            Multiboot2Block.WithMemory().Module(0x10_0000, 0x20_0000, "").Module(0x20_0000, 0x1010_0000, "").End());

        Assert.All(info.Modules, module => Assert.False(module.Range.IsEmpty));
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void A_module_that_overlaps_an_earlier_one_is_empty()
    {
        BootInfo info = Read(
            Multiboot2Block.WithMemory().Module(
                0x20_0000, 0x20_1000, "").Module(0x20_0FFF, 0x20_2000, "").Module(0x20_1000, 0x20_2000, "").End());

        Assert.Equal([0x1000UL, 0UL, 0x1000UL], info.Modules.Select(module => module.Range.Length));
        BootProblem problem = Assert.Single(info.Problems);
        Assert.Equal((BootProblemKind.ModuleOverlap, 0x20_0FFFUL, 0x20_0000UL), (problem.Kind, problem.Offset, problem.Found));
    }

    [Fact]
    public void A_module_tag_without_room_for_its_range_keeps_its_index_and_is_empty()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Tag(3, new byte[7]).Module(0x30_0000, 0x30_1000, "").End());

        Assert.True(info.Modules[0].Range.IsEmpty);
        Assert.Equal(0x30_0000UL, info.Modules[1].Range.Start);
        Assert.Equal(BootProblemKind.TagTooShort, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void A_string_without_an_end_stops_at_its_tag()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Tag(1, "abcdefgh"u8).Text(2, "GRUB 2.06").End());

        Assert.Equal("abcdefgh", info.CommandLine);
        Assert.Equal(BootProblemKind.StringTooLong, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void A_string_is_cut_at_its_longest_length()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Text(1, new string('x', 20_000)).End());

        Assert.Equal(16 * 1024, info.CommandLine.Length);
    }

    [Fact]
    public void Keeps_bytes_beyond_ASCII()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Text(1, "name=\u00FCber\u00FF").End());

        Assert.Equal("name=\u00FCber\u00FF", info.CommandLine);
    }

    [Fact]
    public void Uses_what_stands_before_a_tag_that_runs_past_the_end()
    {
        Multiboot2Block block = Multiboot2Block.WithMemory().Module(0x20_0000, 0x20_1000, "kept");
        int offset = block.NextOffset;

        BootInfo info = Read(block.Tag(1, "lost"u8, sizeError: 1000).WithoutEnd());

        Assert.Equal("kept", Assert.Single(info.Modules).CommandLine);
        Assert.Equal("", info.CommandLine);
        BootProblem problem = Assert.Single(info.Problems);
        Assert.Equal(BootProblemKind.TagPastEnd, problem.Kind);
        Assert.Equal((ulong)offset, problem.Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Stops_at_a_tag_that_does_not_hold_its_own_header(int size)
    {
        byte[] block = Multiboot2Block.WithMemory().Tag(99, [], sizeError: size - 8).Text(1, "lost").End();

        BootInfo info = Read(block);

        Assert.Equal("", info.CommandLine);
        Assert.Equal(BootProblemKind.TagTooShort, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Notes_a_missing_end_tag_and_uses_everything_else()
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Text(1, "kept").WithoutEnd());

        Assert.Equal("kept", info.CommandLine);
        Assert.Equal(BootProblemKind.NoEndTag, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Ignores_tags_after_the_end_tag()
    {
        byte[] ended = Multiboot2Block.WithMemory().Tag(0, []).Text(1, "after").WithoutEnd();

        Assert.Equal("", Read(ended).CommandLine);
    }

    [Theory]
    [InlineData(0ul, 4096u, 1024u, 768u, 32)]
    [InlineData(0xE000_0000ul, 4095u, 1024u, 768u, 32)]
    [InlineData(0xE000_0000ul, 4096u, 0u, 768u, 32)]
    [InlineData(0xE000_0000ul, 4096u, 1024u, 0u, 32)]
    [InlineData(0xE000_0000ul, 4096u, 1024u, 768u, 0)]
    [InlineData(0xFFFF_FFFF_FFF0_0000ul, 4096u, 1024u, 768u, 32)]
    public void Leaves_out_a_screen_whose_figures_contradict_each_other(
        ulong address, uint pitch, uint width, uint height, byte depth)
    {
        BootInfo info = Read(Multiboot2Block.WithMemory().Screen(address, pitch, width, height, depth, 1).End());

        Assert.Null(info.Framebuffer);
        Assert.Equal(BootProblemKind.Framebuffer, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Follows_the_address_in_EBX()
    {
        using FakePhysicalMemory memory = new FakePhysicalMemory().With(0, 0x10_0000);
        memory.Put(Address, Multiboot2Block.WithMemory().Text(1, "here").End());

        Assert.True(Multiboot2Reader.TryRead(memory, Address, out BootInfo? info, out _));
        Assert.Equal("here", info.CommandLine);
    }

    [Theory]
    [InlineData(0x10_0000ul, 0u, BootProblemKind.Unreachable)]
    [InlineData(0xF_FFFCul, 0u, BootProblemKind.Unreachable)]
    [InlineData(0xF_FFF0ul, 64u, BootProblemKind.Unreachable)]
    [InlineData(0xF_0000ul, 0x40_0001u, BootProblemKind.TooLarge)]
    public void Fails_where_the_block_is_not_memory(ulong address, uint size, BootProblemKind expected)
    {
        using FakePhysicalMemory memory = new FakePhysicalMemory().With(0, 0x10_0000);
        if (size != 0)
        {
            memory.Put32(address, size);
        }

        Assert.False(Multiboot2Reader.TryRead(memory, address, out _, out BootProblem problem));
        Assert.Equal(expected, problem.Kind);
    }

    [Fact]
    public void Survives_blocks_with_random_damage()
    {
        byte[] good = new Multiboot2Block()
            .Text(1, "measure")
            .Text(2, "GRUB 2.06")
            .Module(0x20_0000, 0x20_1234, "a")
            .Module(0x30_0000, 0x40_0000, "console=ttyS0 quiet")
            .Map((0, 0x9_FC00, 1), (0x10_0000, 0x7EE_0000, 1))
            .Screen(0xB_8000, 160, 80, 25, 16, 2)
            .Tag(15, new byte[36])
            .End();
        var random = new Random(20251122);
        int read = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] block = good.AsSpan(0, round % 3 == 0 ? random.Next(good.Length + 1) : good.Length).ToArray();
            for (int change = random.Next(8); change > 0 && block.Length > 0; change--)
            {
                int at = random.Next(block.Length);
                block[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
            }

            if (Multiboot2Reader.TryRead(block, Address, out BootInfo? info, out BootProblem problem))
            {
                read++;
                AssertSorted(info.MemoryMap);
                Assert.All(info.Problems, item => Assert.NotEqual(BootProblemKind.None, item.Kind));
            }
            else
            {
                Assert.NotEqual(BootProblemKind.None, problem.Kind);
            }
        }

        Assert.InRange(read, 1000, 19_000);
    }

    private static void AssertSorted(MemoryMapEntry[] map)
    {
        ulong end = 0;
        foreach (MemoryMapEntry entry in map)
        {
            Assert.True(entry.Range.Start >= end && !entry.Range.IsEmpty);
            end = entry.Range.End;
        }
    }

    private static BootInfo Read(byte[] block)
    {
        Assert.True(Multiboot2Reader.TryRead(block, Address, out BootInfo? info, out BootProblem problem), problem.Describe());
        return info;
    }
}
