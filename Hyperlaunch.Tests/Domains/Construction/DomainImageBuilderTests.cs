using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Modules.Images;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Hyperlaunch.Tests.Machine.Memory;
using Hyperlaunch.Tests.Modules.Images;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

public sealed class DomainImageBuilderTests : IDisposable
{
    private const ulong MiB = 1024 * 1024;
    private const ulong GiB = 1024 * MiB;
    private const ulong ZeroPage = 0x2000;
    private const ulong StartInfo = 0x3000;
    private const string CommandLine = "console=ttyS0 quiet";

    private readonly FakePhysicalMemory _machine = new FakePhysicalMemory().With(0, 8 * GiB);
    private readonly GuestMemory _memory;

    public DomainImageBuilderTests()
    {
        var allocator = new PageAllocator(
            [new MemoryMapEntry(MemoryRange.FromEnd(0, 8 * GiB), MemoryKind.Usable)], [], 64);
        _memory = new GuestMemory(_machine, allocator, PageTableFormat.AmdNested);
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_direct_mapped_domains_kernel_and_ramdisk_lie_where_devices_find_them()
    {
        Assert.True(_memory.TryAllocate(64 * MiB, isDirectMapped: true, 0, out ConstructionProblem problem), problem.Describe());
        Assert.True(KernelImage.TryParse(new BzImageFile().Bytes, out KernelImage kernel, out _));

        Assert.True(TryBuildDirect(kernel, out DomainEntry entry, out problem), problem.Describe());

        MemoryRange room = _memory.Layout.Room(1);
        Assert.True(room.Contains(entry.Kernel) && room.Contains(entry.Ramdisk));
        Assert.Equal(0UL, entry.Kernel.Start & (kernel.BzImage.Alignment - 1));
        Assert.Equal(room.Start, U64(ZeroPage + 0x2D0 + 40));
        Assert.Equal((uint)entry.Kernel.Start, U32(ZeroPage + 0x214));
    }

    [Fact]
    public void A_kernel_that_cannot_be_moved_fits_no_direct_mapped_domain()
    {
        Assert.True(_memory.TryAllocate(64 * MiB, isDirectMapped: true, 0, out ConstructionProblem problem), problem.Describe());
        Assert.True(KernelImage.TryParse(Elf(16 * MiB), out KernelImage kernel, out _));

        Assert.False(TryBuildDirect(kernel, out _, out problem));

        Assert.Equal((ConstructionProblemKind.KernelCannotMove, 16 * MiB), (problem.Kind, problem.Address));
        Assert.Contains("bzImage", problem.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ELF_kernel_that_can_be_moved_fits_a_direct_mapped_domain()
    {
        Assert.True(_memory.TryAllocate(64 * MiB, isDirectMapped: true, 0, out ConstructionProblem problem), problem.Describe());
        Assert.True(KernelImage.TryParse(Elf(16 * MiB, [0x20_0000, 0x10_0000, 0xFFFF_FFFF]), out KernelImage kernel, out _));

        Assert.True(TryBuildDirect(kernel, out DomainEntry entry, out problem), problem.Describe());

        Assert.True(_memory.Layout.Room(1).Contains(entry.Kernel));
    }

    [Fact]
    public void Linux_starts_in_long_mode_with_its_zero_page()
    {
        var file = new BzImageFile();
        byte[] ramdisk = ElfImageFile.Pattern(5000, 11);
        DomainEntry entry = Build(512 * MiB, file.Bytes, ramdisk);
        var processor = new FakeVirtualProcessor();
        EntryState.Write(in entry, processor);

        Assert.Equal("linux64", entry.Mode);
        Assert.Equal(0x100_0200UL, processor.Rip);
        Assert.Equal(ZeroPage, processor.GetRegister(GuestRegister.Rsi));
        Assert.Equal(0x8000_0011UL, processor.Cr0);
        Assert.Equal(0x20UL, processor.Cr4);
        Assert.Equal(0x500UL, processor.Efer);
        Assert.Equal(2UL, processor.Rflags);
        AssertSegment(processor, SegmentRegister.Cs, 0x10, 0xA9B);
        foreach (SegmentRegister register in new[] { SegmentRegister.Ds, SegmentRegister.Es, SegmentRegister.Ss })
        {
            AssertSegment(processor, register, 0x18, 0xC93);
        }

        Assert.Equal(file.Code, Read(0x100_0000, file.Code.Length));
        Assert.Equal(ramdisk, Read(entry.Ramdisk.Start, ramdisk.Length));
        Assert.Equal(0x1FFF_E000UL, entry.Ramdisk.Start);
        Assert.Equal(file.Bytes.AsSpan(0x202, 14).ToArray(), Read(ZeroPage + 0x202, 14));
        Assert.Equal(file.Bytes.AsSpan(0x230, 0x3C).ToArray(), Read(ZeroPage + 0x230, 0x3C));
        Assert.Equal(0xFFu, U32(ZeroPage + 0x210) & 0xFF);
        Assert.Equal(0x01, Read(ZeroPage + 0x211, 1)[0]);
        Assert.Equal(0x100_0000u, U32(ZeroPage + 0x214));
        Assert.Equal((uint)entry.Ramdisk.Start, U32(ZeroPage + 0x218));
        Assert.Equal(5000u, U32(ZeroPage + 0x21C));
        Assert.Equal(0u, U32(ZeroPage + 0xC0) | U32(ZeroPage + 0xC4) | U32(ZeroPage + 0xC8));
        Assert.Equal(0xE_0000UL, U64(ZeroPage + 0x70));
        Assert.Equal(CommandLine, Text(U32(ZeroPage + 0x228)));
        Assert.Equal("RSD PTR ", Text(U64(ZeroPage + 0x70), 8));
        Assert.Equal("0+a0000:1 e0000+20000:2 100000+1ff00000:1", Map(ZeroPage + 0x2D0, Read(ZeroPage + 0x1E8, 1)[0], 20));
    }

    [Fact]
    public void The_identity_mapping_covers_4_GiB_as_the_processor_walks_it()
    {
        DomainEntry entry = Build(512 * MiB, new BzImageFile().Bytes, []);
        var processor = new FakeVirtualProcessor();
        EntryState.Write(in entry, processor);

        for (ulong address = 0; address < 4 * GiB; address += (64 * MiB) + 0x12345)
        {
            ulong pointers = U64(processor.Cr3 + (((address >> 39) & 511) * 8));
            ulong directory = U64((pointers & ~0xFFFUL) + (((address >> 30) & 511) * 8));
            ulong page = U64((directory & ~0xFFFUL) + (((address >> 21) & 511) * 8));
            Assert.Equal(3UL, pointers & 0xFFF);
            Assert.Equal(3UL, directory & 0xFFF);
            Assert.Equal(0x83UL, page & 0xFFF);
            Assert.Equal(address, (page & ~0x1F_FFFFUL) | (address & 0x1F_FFFF));
        }
    }

    [Fact]
    public void The_descriptors_say_what_the_segments_hold()
    {
        foreach (ushort flags in new ushort[] { 0x7F, 0 })
        {
            DomainEntry entry = Build(64 * MiB, new BzImageFile().Set16(0x236, flags).Bytes, []);
            var processor = new FakeVirtualProcessor();
            EntryState.Write(in entry, processor);
            SegmentState table = processor.GetSegment(SegmentRegister.Gdtr);
            foreach (SegmentRegister register in new[] { SegmentRegister.Cs, SegmentRegister.Ds, SegmentRegister.Ss })
            {
                SegmentState segment = processor.GetSegment(register);
                ulong descriptor = U64(table.Base + segment.Selector);
                Assert.True(segment.Selector + 7 <= table.Limit);
                Assert.Equal(segment.Attributes, (ushort)(((descriptor >> 40) & 0xFF) | ((descriptor >> 44) & 0xF00)));
            }

            _memory.Destroy();
        }
    }

    [Fact]
    public void A_kernel_without_a_64_bit_entry_starts_in_protected_mode()
    {
        DomainEntry entry = Build(512 * MiB, new BzImageFile().Set16(0x236, 0).Bytes, []);
        var processor = new FakeVirtualProcessor();
        EntryState.Write(in entry, processor);

        Assert.Equal("linux32", entry.Mode);
        Assert.Equal(0x100_0000UL, processor.Rip);
        Assert.Equal(ZeroPage, processor.GetRegister(GuestRegister.Rsi));
        Assert.Equal((0x11UL, 0UL, 0UL, 0UL), (processor.Cr0, processor.Cr3, processor.Cr4, processor.Efer));
        AssertSegment(processor, SegmentRegister.Cs, 0x10, 0xC9B);
    }

    [Fact]
    public void An_ELF_kernel_starts_by_PVH_with_its_start_info()
    {
        byte[] ramdisk = ElfImageFile.Pattern(4097, 7);
        DomainEntry entry = Build(
            512 * MiB, ElfImageFile.Kernel().Build(), ramdisk, flags: StartFlags.Privileged | StartFlags.InitialDomain);
        var processor = new FakeVirtualProcessor();
        EntryState.Write(in entry, processor);

        Assert.Equal("pvh", entry.Mode);
        Assert.Equal(0x100_0100UL, processor.Rip);
        Assert.Equal(StartInfo, processor.GetRegister(GuestRegister.Rbx));
        Assert.Equal((0x11UL, 0UL, 0UL, 2UL), (processor.Cr0, processor.Cr4, processor.Efer, processor.Rflags));
        AssertSegment(processor, SegmentRegister.Cs, 0x10, 0xC9B);
        AssertSegment(processor, SegmentRegister.Ds, 0x18, 0xC93);
        SegmentState task = processor.GetSegment(SegmentRegister.Tr);
        Assert.Equal((0x8B, 0x67u, 0UL), (task.Attributes, task.Limit, task.Base));

        Assert.Equal(0x336E_C578u, U32(StartInfo));
        Assert.Equal((1u, 3u, 1u), (U32(StartInfo + 4), U32(StartInfo + 8), U32(StartInfo + 12)));
        Assert.Equal(CommandLine, Text(U64(StartInfo + 24)));
        Assert.Equal("RSD PTR ", Text(U64(StartInfo + 32), 8));
        Assert.Equal("0+a0000:1 e0000+20000:2 100000+1ff00000:1", Map(U64(StartInfo + 40), (int)U32(StartInfo + 48), 24));
        Assert.Equal(0u, U32(StartInfo + 52));
        ulong module = U64(StartInfo + 16);
        Assert.Equal((entry.Ramdisk.Start, 4097UL, 0UL, 0UL), (U64(module), U64(module + 8), U64(module + 16), U64(module + 24)));
        Assert.Equal(ramdisk, Read(entry.Ramdisk.Start, ramdisk.Length));

        Assert.Equal(ElfImageFile.Pattern(0x3000, 3), Read(0x100_0000, 0x3000));
        Assert.Equal(ElfImageFile.Pattern(0x1234, 5), Read(0x110_0000, 0x1234));
        Assert.DoesNotContain(Read(0x110_1234, 0x8000 - 0x1234), value => value != 0);
    }

    [Fact]
    public void Without_a_ramdisk_there_is_none()
    {
        Build(512 * MiB, ElfImageFile.Kernel().Build(), []);
        Assert.Equal((0u, 0UL), (U32(StartInfo + 12), U64(StartInfo + 16)));

        _memory.Destroy();
        Build(512 * MiB, new BzImageFile().Bytes, []);
        Assert.Equal((0u, 0u), (U32(ZeroPage + 0x218), U32(ZeroPage + 0x21C)));
    }

    [Fact]
    public void A_large_domain_is_told_of_its_memory_above_the_hole()
    {
        Build(5 * GiB, new BzImageFile().Bytes, []);

        Assert.Equal(
            "0+a0000:1 e0000+20000:2 100000+bff00000:1 100000000+80000000:1",
            Map(ZeroPage + 0x2D0, Read(ZeroPage + 0x1E8, 1)[0], 20));
    }

    [Fact]
    public void A_ramdisk_goes_as_high_as_the_kernel_allows()
    {
        DomainEntry entry = Build(3 * GiB, new BzImageFile().Bytes, new byte[4096]);
        Assert.Equal(0x7FFF_F000UL, entry.Ramdisk.Start);

        _memory.Destroy();
        entry = Build(3 * GiB, new BzImageFile().Set32(0x22C, 0x37FF_FFFF).Bytes, new byte[4097]);
        Assert.Equal(0x37FF_E000UL, entry.Ramdisk.Start);

        _memory.Destroy();
        entry = Build(5 * GiB, ElfImageFile.Kernel().Build(), new byte[1]);
        Assert.Equal((3 * GiB) - 4096, entry.Ramdisk.Start);
    }

    [Fact]
    public void A_ramdisk_may_lie_below_the_kernel_or_above_4_GiB_when_it_has_to()
    {
        byte[] kernel = new BzImageFile().Set32(0x260, 0x20_0000).Bytes;
        DomainEntry entry = Build(20 * MiB, kernel, new byte[4 * MiB]);
        Assert.Equal(0xC0_0000UL, entry.Ramdisk.Start);

        _memory.Destroy();
        byte[] narrow = new BzImageFile().Set32(0x22C, 0x10_0FFF).Bytes;
        entry = Build(5 * GiB, narrow, new byte[8192]);
        Assert.Equal((6 * GiB) - 8192, entry.Ramdisk.Start);
        Assert.Equal(1u, U32(ZeroPage + 0xC0));
        Assert.Equal(0x7FFF_E000u, U32(ZeroPage + 0x218));
    }

    [Fact]
    public void A_ramdisk_that_fits_beside_the_kernel_only_off_a_page_goes_elsewhere()
    {
        byte[] kernel = new BzImageFile().Set32(0x260, 0x20_0800).Bytes;

        DomainEntry entry = Build(20 * MiB, kernel, new byte[(4 * MiB) - 0x20_0800]);

        Assert.Equal(0xE0_0000UL, entry.Ramdisk.Start);
    }

    [Fact]
    public void A_ramdisk_that_fits_nowhere_is_told_with_both_sizes()
    {
        ConstructionProblem problem = Fail(20 * MiB, new BzImageFile().Bytes, new byte[(15 * MiB) + 1]);

        Assert.Equal(ConstructionProblemKind.RamdiskSize, problem.Kind);
        Assert.Equal(((15 * MiB) + 1, 15 * MiB), (problem.Found, problem.Expected));
        Assert.Contains("15728641", problem.Describe(), StringComparison.Ordinal);
        Assert.Contains("15728640", problem.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_ramdisk_that_just_fits_is_taken()
    {
        DomainEntry entry = Build(20 * MiB, new BzImageFile().Bytes, new byte[15 * MiB]);

        Assert.Equal(MiB, entry.Ramdisk.Start);
    }

    [Theory]
    [InlineData(18u, true)]
    [InlineData(16u, false)]
    public void A_kernel_whose_init_size_exceeds_the_domain_is_told_with_both_sizes(uint sizeMiB, bool fits)
    {
        byte[] kernel = new BzImageFile().Set32(0x260, 0x20_0000).Bytes;
        if (fits)
        {
            Build(sizeMiB * MiB, kernel, []);
            return;
        }

        ConstructionProblem problem = Fail(sizeMiB * MiB, kernel, []);
        Assert.Equal(ConstructionProblemKind.KernelAddress, problem.Kind);
        Assert.Contains("2048 KiB", problem.Describe(), StringComparison.Ordinal);
        Assert.Contains("0x1000000", problem.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_is_never_put_below_its_preferred_address_for_lack_of_memory()
    {
        Assert.Equal(ConstructionProblemKind.KernelAddress, Fail(16 * MiB, new BzImageFile().Bytes, []).Kind);
    }

    [Fact]
    public void A_relocatable_kernel_that_prefers_low_memory_goes_above_it()
    {
        DomainEntry entry = Build(64 * MiB, new BzImageFile().Set64(0x258, 0x1_0000).Bytes, []);

        Assert.Equal(0x20_0000UL, entry.Kernel.Start);
        Assert.Equal(0x20_0200UL, entry.Address);
        Assert.Equal(0x20_0000u, U32(ZeroPage + 0x214));
        _memory.Destroy();
        Assert.Equal(
            ConstructionProblemKind.KernelAddress,
            Fail(64 * MiB, new BzImageFile().Set64(0x258, 0x1_0000).Set8(0x234, 0).Bytes, []).Kind);
    }

    [Theory]
    [InlineData(2047, true)]
    [InlineData(2048, false)]
    public void A_command_line_ends_with_what_the_kernel_accepts(int length, bool fits)
    {
        string text = new('x', length);
        foreach (byte[] kernel in new[] { new BzImageFile().Bytes, ElfImageFile.Kernel().Build() })
        {
            if (fits)
            {
                Build(64 * MiB, kernel, [], text);
                Assert.Equal(text, Text(0x1_0000));
                _memory.Destroy();
                continue;
            }

            ConstructionProblem problem = Fail(64 * MiB, kernel, [], text);
            Assert.Equal(ConstructionProblemKind.CommandLine, problem.Kind);
            Assert.Contains("2048", problem.Describe(), StringComparison.Ordinal);
            Assert.Contains("2047", problem.Describe(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_kernel_that_accepts_any_command_line_gets_what_there_is_room_for()
    {
        byte[] kernel = new BzImageFile().Set32(0x238, uint.MaxValue).Bytes;

        Build(64 * MiB, kernel, [], new string('x', 65535));
        Assert.Equal(65535, Text(0x1_0000).Length);
        _memory.Destroy();
        Assert.Equal(65535UL, Fail(64 * MiB, kernel, [], new string('x', 65536)).Expected);
    }

    [Fact]
    public void A_command_line_keeps_latin_characters_and_replaces_others()
    {
        Build(64 * MiB, new BzImageFile().Bytes, [], "name=\u00FC\u20AC");

        Assert.Equal("name=\u00FC?", Text(0x1_0000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(PlatformLayout.MaximumProcessors + 1)]
    public void Refuses_a_number_of_vCPUs_that_the_tables_cannot_describe(int count)
    {
        Assert.Equal(ConstructionProblemKind.ProcessorCount, Fail(64 * MiB, new BzImageFile().Bytes, [], processors: count).Kind);
    }

    [Theory]
    [InlineData(0x8_0000ul)]
    [InlineData(0x3F0_0000ul)]
    public void An_ELF_kernel_outside_the_domains_memory_is_refused(ulong address)
    {
        ConstructionProblem problem = Fail(64 * MiB, Elf(address), []);

        Assert.Equal(ConstructionProblemKind.KernelAddress, problem.Kind);
        Assert.Contains($"0x{address:x}", problem.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x8_0000ul, new uint[] { 0x1000 }, 0x10_0000ul)]
    [InlineData(0x8_1000ul, new uint[] { 0x10_0000 }, 0x18_1000ul)]
    [InlineData(0x8000_0000ul, new uint[] { 0x20_0000 }, 0x20_0000ul)]
    [InlineData(0x8000_0000ul, new uint[] { 0x20_0000, 0x80_0001 }, 0xA0_0000ul)]
    [InlineData(0x8000_0000ul, new uint[] { 0x1000, 0x38_0000, 0x57_FFFF }, 0x38_0000ul)]
    public void An_ELF_kernel_with_a_relocation_note_is_moved(ulong address, uint[] note, ulong expected)
    {
        DomainEntry entry = Build(64 * MiB, Elf(address, note), []);

        Assert.Equal(expected, entry.Kernel.Start);
        Assert.Equal(expected + 0x10, entry.Address);
        Assert.Equal(ElfImageFile.Pattern(64, 9), Read(expected, 64));
    }

    [Theory]
    [InlineData(new uint[] { 0x1000, 0x3F0_0000 })]
    [InlineData(new uint[] { 0x1000, 0, 0x20_0000 })]
    [InlineData(new uint[] { 0x1000, 0x38_0000, 0x57_FFFE })]
    [InlineData(new uint[] { 0x8000_0000 })]
    public void An_ELF_kernel_that_may_not_go_where_there_is_room_is_refused(uint[] note)
    {
        ConstructionProblem problem = Fail(64 * MiB, Elf(0x8_0000, note), []);

        Assert.Equal(ConstructionProblemKind.KernelSize, problem.Kind);
        Assert.Equal(0x20_0000UL, problem.Found);
        Assert.True(problem.Expected < problem.Found);
    }

    [Fact]
    public void Building_touches_what_the_image_needs_and_allocates_nothing()
    {
        byte[] kernel = new BzImageFile().Bytes;
        byte[] ramdisk = new byte[4096];
        Build(4 * GiB, kernel, ramdisk);
        Assert.Equal(6 * MiB, _memory.PopulatedBytes);
        Assert.True(KernelImage.TryParse(kernel, out KernelImage parsed, out _));
        _memory.Reset();
        var image = new DomainImage(parsed, ramdisk, CommandLine, 4, StartFlags.None);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(DomainImageBuilder.TryBuild(image, _memory, out _, out _));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Every_image_that_can_be_parsed_has_one_protocol_that_starts_it()
    {
        Assert.True(KernelImage.TryParse(new BzImageFile().Bytes, out KernelImage linux, out _));
        Assert.True(KernelImage.TryParse(ElfImageFile.Kernel().Build(), out KernelImage elf, out _));

        Assert.IsType<LinuxBoot>(GuestBoots.For(linux));
        Assert.IsType<PvhBoot>(GuestBoots.For(elf));
        Assert.Throws<InvalidOperationException>(() => GuestBoots.For(default));
    }

    [Fact]
    public void Every_problem_has_a_sentence()
    {
        foreach (ConstructionProblemKind kind in Enum.GetValues<ConstructionProblemKind>())
        {
            string sentence = new ConstructionProblem(kind, 1, 2, 3).Describe();

            Assert.EndsWith(".", sentence, StringComparison.Ordinal);
            Assert.DoesNotContain("unknown problem", sentence, StringComparison.Ordinal);
        }
    }

    private static byte[] Elf(ulong address, uint[]? relocation = null)
    {
        ElfImageFile file = new ElfImageFile().Load(address, ElfImageFile.Pattern(64, 9), 0x20_0000);
        return relocation is null
            ? file.Notes(ElfImageFile.Entry((uint)address + 0x10)).Build()
            : file.Notes(ElfImageFile.Entry((uint)address + 0x10), ElfImageFile.Relocation(relocation)).Build();
    }

    private static void AssertSegment(
        FakeVirtualProcessor processor, SegmentRegister register, ushort selector, ushort attributes)
    {
        SegmentState segment = processor.GetSegment(register);
        Assert.Equal((selector, attributes, uint.MaxValue, 0UL),
            (segment.Selector, segment.Attributes, segment.Limit, segment.Base));
    }

    private bool TryBuild(
        ulong size, byte[] kernel, byte[] ramdisk, string text, int processors, StartFlags flags,
        out DomainEntry entry, out ConstructionProblem problem)
    {
        if (!_memory.TryAllocate(size, out problem))
        {
            entry = default;
            return false;
        }

        Assert.True(KernelImage.TryParse(kernel, out KernelImage parsed, out ImageProblem imageProblem), imageProblem.Describe());
        return DomainImageBuilder.TryBuild(
            new DomainImage(parsed, ramdisk, text, processors, flags), _memory, out entry, out problem);
    }

    private bool TryBuildDirect(KernelImage kernel, out DomainEntry entry, out ConstructionProblem problem)
        => DomainImageBuilder.TryBuild(
            new DomainImage(kernel, new byte[5000], CommandLine, 1, StartFlags.None), _memory, out entry, out problem);

    private DomainEntry Build(
        ulong size, byte[] kernel, byte[] ramdisk, string text = CommandLine, int processors = 1,
            StartFlags flags = StartFlags.None)
    {
        Assert.True(TryBuild(
            size, kernel, ramdisk, text, processors, flags, out DomainEntry entry, out ConstructionProblem problem),
            problem.Describe());
        return entry;
    }

    private ConstructionProblem Fail(ulong size, byte[] kernel, byte[] ramdisk, string text = CommandLine, int processors = 1)
    {
        Assert.False(TryBuild(size, kernel, ramdisk, text, processors, StartFlags.None, out _, out ConstructionProblem problem));
        _memory.Destroy();
        return problem;
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.True(_memory.TryRead(address, bytes));
        return bytes;
    }

    private uint U32(ulong address) => BitConverter.ToUInt32(Read(address, 4));

    private ulong U64(ulong address) => BitConverter.ToUInt64(Read(address, 8));

    private string Text(ulong address, int length = 70_000)
    {
        byte[] bytes = Read(address, length);
        int end = Array.IndexOf(bytes, (byte)0);
        return Encoding.Latin1.GetString(bytes, 0, end < 0 ? length : end);
    }

    private string Map(ulong address, int count, int entrySize)
    {
        IEnumerable<string> entries = Enumerable.Range(0, count).Select(i =>
        {
            ulong entry = address + (ulong)(i * entrySize);
            return $"{U64(entry):x}+{U64(entry + 8):x}:{U32(entry + 16)}";
        });
        return string.Join(' ', entries);
    }
}
