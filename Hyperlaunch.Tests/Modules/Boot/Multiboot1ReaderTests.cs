using System;
using System.Linq;
using System.Text;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Modules.Boot;

public sealed class Multiboot1ReaderTests : IDisposable
{
    private const ulong Address = 0x9500;
    private const uint Strings = 0x1_0000;
    private const uint Modules = 0x2_0000;
    private const uint Map = 0x3_0000;
    private const ulong MemoryEnd = 0x10_0000;
    private const uint Basic = 1;
    private const uint CommandLine = 4;
    private const uint HasModules = 8;
    private const uint HasMap = 0x40;
    private const uint HasName = 0x200;
    private const uint HasScreen = 0x1000;

    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(0, MemoryEnd);

    public Multiboot1ReaderTests()
    {
        _memory.Put32(Address + 4, 639);
        _memory.Put32(Address + 8, 65536 - 1024);
    }

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Reads_what_QEMU_gives()
    {
        Flags(Basic | CommandLine | HasModules | HasMap | HasName);
        Text(16, 0, "build/out/hyperlaunch.elf measure");
        Text(64, 0x100, "qemu");
        ModuleEntry(0, 0x20_0000, 0x20_0800, 0x200, "lcm.dtb");
        ModuleEntry(1, 0x30_0000, 0x40_0000, 0x300, "vmlinuz console=ttyS0 quiet");
        ModuleList(2);
        MapEntries((0, 0x9_FC00, 1), (0x9_FC00, 0x400, 2), (0x10_0000, 0x3F0_0000, 1));

        BootInfo info = Read();

        Assert.Equal(BootProtocol.Multiboot1, info.Protocol);
        Assert.Equal("qemu", info.LoaderName);
        Assert.Equal("measure", info.CommandLine);
        Assert.Equal(["", "console=ttyS0 quiet"], info.Modules.Select(module => module.CommandLine));
        Assert.Equal(0x10_0000UL, info.Modules[1].Range.Length);
        Assert.Equal(3, info.MemoryMap.Length);
        Assert.True(info.InformationRange.IsEmpty);
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void Reads_nothing_that_the_flags_do_not_promise()
    {
        Flags(Basic);
        _memory.At(Address + 12, 104).Fill(0xFF);

        BootInfo info = Read();

        Assert.Equal("", info.CommandLine);
        Assert.Empty(info.Modules);
        Assert.Null(info.Framebuffer);
        Assert.Empty(info.Problems);
        Assert.Equal(2, info.MemoryMap.Length);
    }

    [Fact]
    public void Map_entries_may_be_longer_than_today()
    {
        Flags(HasMap);
        MapEntry(0, 28, 0, 0x1000, 1);
        MapEntry(32, 20, 0x1000, 0x1000, 2);
        MapLength(56);

        Assert.Equal([MemoryKind.Usable, MemoryKind.Reserved], Read().MemoryMap.Select(entry => entry.Kind));
    }

    [Fact]
    public void Stops_at_a_map_entry_of_an_impossible_size()
    {
        Flags(HasMap);
        MapEntry(0, 20, 0, 0x1000, 1);
        MapEntry(24, 19, 0x1000, 0x1000, 1);
        MapLength(48);

        BootInfo info = Read();

        Assert.Equal(0x1000UL, Assert.Single(info.MemoryMap).Range.Length);
        BootProblem problem = Assert.Single(info.Problems);
        Assert.Equal(BootProblemKind.MemoryMapEntrySize, problem.Kind);
        Assert.Equal((ulong)Map + 24, problem.Offset);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(23u)]
    public void A_map_too_short_for_an_entry_is_none(uint length)
    {
        Flags(HasMap | Basic);
        MapEntry(0, 20, 0x5000, 0x1000, 1);
        MapLength(length);

        Assert.Equal(0x9_FC00UL, Read().MemoryMap[0].Range.End);
    }

    [Fact]
    public void A_map_that_leaves_memory_ends_there()
    {
        Flags(HasMap | Basic);
        _memory.Put32(Address + 44, 0x1000_0000);
        _memory.Put32(Address + 48, (uint)MemoryEnd - 24);
        PutEntry(MemoryEnd - 24, 20, 0x5000, 0x1000, 1);

        BootInfo info = Read();

        Assert.Equal(0x5000UL, Assert.Single(info.MemoryMap).Range.Start);
        Assert.Equal(BootProblemKind.Unreachable, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void Modules_beyond_memory_keep_their_index_and_are_empty()
    {
        Flags(Basic | HasModules);
        _memory.Put32(Address + 20, 2);
        _memory.Put32(Address + 24, (uint)MemoryEnd - 16);
        _memory.Put32(MemoryEnd - 16, 0x20_0000);
        _memory.Put32(MemoryEnd - 12, 0x20_1000);

        BootInfo info = Read();

        Assert.Equal(0x1000UL, info.Modules[0].Range.Length);
        Assert.True(info.Modules[1].Range.IsEmpty);
        Assert.Equal(BootProblemKind.Unreachable, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void A_module_count_without_bounds_is_cut()
    {
        Flags(Basic | HasModules);
        ModuleList(0xFFFF_FFFF);

        BootInfo info = Read();

        Assert.Equal(1024, info.Modules.Length);
        Assert.Equal(BootProblemKind.TooManyModules, info.Problems[0].Kind);
        Assert.Equal(16, info.Problems.Length);
    }

    [Fact]
    public void A_string_that_runs_out_of_memory_is_cut_there()
    {
        Flags(Basic | CommandLine);
        _memory.At(MemoryEnd - 5, 5).Fill((byte)'x');
        _memory.Put32(Address + 16, (uint)MemoryEnd - 5);

        BootInfo info = Read();

        Assert.Equal("xxxxx", info.CommandLine);
        Assert.Contains(info.Problems, problem => problem.Kind == BootProblemKind.Unreachable);
    }

    [Fact]
    public void A_string_that_ends_with_memory_is_whole()
    {
        Flags(Basic | CommandLine);
        _memory.Put(MemoryEnd - 4, "abc\0"u8);
        _memory.Put32(Address + 16, (uint)MemoryEnd - 4);

        BootInfo info = Read();

        Assert.Equal("abc", info.CommandLine);
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void A_string_without_an_end_is_cut_at_its_longest_length()
    {
        Flags(Basic | CommandLine);
        _memory.At(Strings, 0x8000).Fill((byte)'y');
        _memory.Put32(Address + 16, Strings);

        BootInfo info = Read();

        Assert.Equal(16 * 1024, info.CommandLine.Length);
        Assert.Equal(BootProblemKind.StringTooLong, Assert.Single(info.Problems).Kind);
    }

    [Fact]
    public void A_string_outside_memory_is_empty()
    {
        Flags(Basic | CommandLine | HasName);
        _memory.Put32(Address + 16, 0xFFFF_FFFF);
        _memory.Put32(Address + 64, (uint)MemoryEnd);

        BootInfo info = Read();

        Assert.Equal("", info.CommandLine);
        Assert.Equal("", info.LoaderName);
        Assert.Equal(2, info.Problems.Length);
    }

    [Fact]
    public void Reads_the_screen()
    {
        Flags(Basic | HasScreen);
        _memory.Put64(Address + 88, 0xE000_0000);
        _memory.Put32(Address + 96, 4096);
        _memory.Put32(Address + 100, 1024);
        _memory.Put32(Address + 104, 768);
        _memory.At(Address + 108, 1)[0] = 32;
        _memory.At(Address + 109, 1)[0] = 1;

        Framebuffer screen = Read().Framebuffer!;

        Assert.Equal(0xE000_0000UL, screen.Address);
        Assert.Equal((4096u, 1024u, 768u), (screen.Pitch, screen.Width, screen.Height));
        Assert.False(screen.IsText);
    }

    [Theory]
    [InlineData(MemoryEnd - 115)]
    [InlineData(MemoryEnd)]
    [InlineData(ulong.MaxValue)]
    public void Fails_where_the_structure_is_not_memory(ulong address)
    {
        Assert.False(Multiboot1Reader.TryRead(_memory, address, out _, out BootProblem problem));
        Assert.Equal(BootProblemKind.Unreachable, problem.Kind);
    }

    [Fact]
    public void Fails_without_usable_memory()
    {
        Flags(0);

        Assert.False(Multiboot1Reader.TryRead(_memory, Address, out _, out BootProblem problem));
        Assert.Equal(BootProblemKind.NoMemory, problem.Kind);
    }

    private void Flags(uint flags) => _memory.Put32(Address, flags);

    private void Text(ulong field, uint offset, string text)
    {
        _memory.Put(Strings + offset, Encoding.Latin1.GetBytes(text + "\0"));
        _memory.Put32(Address + field, Strings + offset);
    }

    private void ModuleEntry(uint index, uint start, uint end, uint textOffset, string text)
    {
        _memory.Put(Strings + textOffset, Encoding.Latin1.GetBytes(text + "\0"));
        _memory.Put32(Modules + (index * 16), start);
        _memory.Put32(Modules + (index * 16) + 4, end);
        _memory.Put32(Modules + (index * 16) + 8, Strings + textOffset);
    }

    private void ModuleList(uint count)
    {
        _memory.Put32(Address + 20, count);
        _memory.Put32(Address + 24, Modules);
    }

    private void MapEntries(params (ulong Start, ulong Length, uint Type)[] entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            MapEntry((uint)i * 24, 20, entries[i].Start, entries[i].Length, entries[i].Type);
        }

        MapLength((uint)entries.Length * 24);
    }

    private void MapEntry(uint offset, uint size, ulong start, ulong length, uint type)
        => PutEntry(Map + offset, size, start, length, type);

    private void PutEntry(ulong address, uint size, ulong start, ulong length, uint type)
    {
        _memory.Put32(address, size);
        _memory.Put64(address + 4, start);
        _memory.Put64(address + 12, length);
        _memory.Put32(address + 20, type);
    }

    private void MapLength(uint length)
    {
        _memory.Put32(Address + 44, length);
        _memory.Put32(Address + 48, Map);
    }

    private BootInfo Read()
    {
        Assert.True(Multiboot1Reader.TryRead(_memory, Address, out BootInfo? info, out BootProblem problem), problem.Describe());
        return info;
    }
}
