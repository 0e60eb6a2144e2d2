using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Modules.Images;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tests.Machine.Memory;
using Hyperlaunch.Tests.Modules.Images;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

/// <summary>What a boot domain is handed: an archive behind its ramdisk, and PVH modules that point into it.</summary>
public sealed class BootMaterialTests : IDisposable
{
    private const int MiB = 1 << 20;
    private const ulong StartInfo = 0x3000;
    private const ulong ZeroPage = 0x2000;
    private const uint Directory = 0x41ED;
    private const uint ReadOnlyFile = 0x8124;

    private static readonly byte[] s_list = Encoding.ASCII.GetBytes("0 lcm 0x1000 4\n1 kernel 0x2000 5 quiet\n");

    private readonly FakePhysicalMemory _machine = new FakePhysicalMemory().With(0, 256 * MiB);
    private readonly GuestMemory _memory;

    public BootMaterialTests()
    {
        var allocator = new PageAllocator([new MemoryMapEntry(MemoryRange.FromEnd(0, 256 * MiB), MemoryKind.Usable)], [], 64);
        _memory = new GuestMemory(_machine, allocator, PageTableFormat.AmdNested);
    }

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(512)]
    public void An_archive_of_three_files_follows_the_ramdisk_at_a_multiple_of_4(int ramdiskLength)
    {
        byte[] ramdisk = Enumerable.Repeat((byte)0xFF, ramdiskLength).ToArray();
        byte[] tree = ElfImageFile.Pattern(1001, 3);
        byte[] configuration = ElfImageFile.Pattern(7, 5);

        byte[] built = Build(new BzImageFile().Bytes, ramdisk, tree, configuration, out _);

        int start = (ramdiskLength + 3) / 4 * 4;
        Assert.Equal(ramdisk, built[..ramdiskLength]);
        Assert.DoesNotContain(built[ramdiskLength..start], value => value != 0);
        List<CpioEntry> entries = CpioEntry.ReadAll(built.AsSpan(start));
        Assert.Equal(
            [
                ("hyperlaunch", Directory, 2u), ("hyperlaunch/lcm.dtb", ReadOnlyFile, 1u),
                    ("hyperlaunch/modules", ReadOnlyFile, 1u),
                ("hyperlaunch/config", ReadOnlyFile, 1u), ("TRAILER!!!", 0u, 1u),
            ],
            entries.Select(entry => (entry.Name, entry.Mode, entry.Links)));
        Assert.Equal(4, entries.Take(4).Select(entry => entry.Inode).Distinct().Count());
        Assert.Equal(tree, entries[1].Content);
        Assert.Equal(s_list, entries[2].Content);
        Assert.Equal(configuration, entries[3].Content);
        Assert.Equal(built.Length - start, entries[^1].Offset + 124);
    }

    [Fact]
    public void The_archive_is_these_bytes()
    {
        byte[] built = Build(new BzImageFile().Bytes, [], [0xD0, 0x0D, 0xFE, 0xED, 1], null, out _);

        string zeros = new('0', 8);
        string Header(string inode, string mode, string links, int size, int nameSize)
            => "070701" + inode + mode + zeros + zeros + links + zeros + $"{size:X8}" + zeros + zeros + zeros + zeros
                + $"{nameSize:X8}" + zeros;
        string expected =
            Header("00000001", "000041ED", "00000002", 0, 12) + "hyperlaunch\0\0\0"
            + Header("00000002", "00008124", "00000001", 5, 20) + "hyperlaunch/lcm.dtb\0\0\0"
                + "\u00D0\u000D\u00FE\u00ED\u0001\0\0\0"
            + Header("00000003", "00008124", "00000001", s_list.Length, 20) + "hyperlaunch/modules\0\0\0"
            + Encoding.ASCII.GetString(s_list) + new string('\0', (4 - (s_list.Length % 4)) % 4)
            + Header(zeros, zeros, "00000001", 0, 11) + "TRAILER!!!\0\0\0\0";
        Assert.Equal(expected, Encoding.Latin1.GetString(built));
    }

    [Fact]
    public void A_ramdisk_that_is_such_an_archive_reads_as_one_with_the_files_added()
    {
        byte[] first = Build(new BzImageFile().Bytes, [], [1], null, out _);
        _memory.Destroy();

        byte[] both = Build(new BzImageFile().Bytes, first, [2], null, out _);

        Assert.Equal(
            [[1], [2]],
            CpioEntry.ReadAll(both).Where(entry => entry.Name == "hyperlaunch/lcm.dtb").Select(entry => entry.Content));
    }

    [Fact]
    public void Cpio_unpacks_it()
    {
        byte[] tree = ElfImageFile.Pattern(MiB, 3);
        byte[] built = Build(new BzImageFile().Bytes, [], tree, [], out _);
        string folder = System.IO.Directory.CreateTempSubdirectory("hyperlaunch-archive-").FullName;
        string archive = Path.Combine(folder, "archive");
        File.WriteAllBytes(archive, built);

        RepositoryFiles.Run("cpio", "--quiet", "-i", "-F", archive, "-D", folder);

        string files = Path.Combine(folder, "hyperlaunch");
        Assert.Equal(tree, File.ReadAllBytes(Path.Combine(files, "lcm.dtb")));
        Assert.Equal(s_list, File.ReadAllBytes(Path.Combine(files, "modules")));
        Assert.Empty(File.ReadAllBytes(Path.Combine(files, "config")));
        Assert.Equal(3, System.IO.Directory.GetFiles(files).Length);
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_PVH_kernel_finds_each_file_as_a_module_named_by_its_command_line()
    {
        byte[] tree = ElfImageFile.Pattern(MiB, 3);
        byte[] configuration = ElfImageFile.Pattern(5, 9);

        Build(ElfImageFile.Kernel().Build(), [1, 2, 3], tree, configuration, out DomainEntry entry);

        ulong list = U64(StartInfo + 16);
        Assert.Equal(4u, U32(StartInfo + 12));
        Assert.Equal((entry.Ramdisk.Start, entry.Ramdisk.Length, 0UL), (U64(list), U64(list + 8), U64(list + 16)));
        (string Name, byte[] Content)[] expected =
        [
            ("hyperlaunch/lcm.dtb", tree), ("hyperlaunch/modules", s_list), ("hyperlaunch/config", configuration),
        ];
        for (int i = 0; i < expected.Length; i++)
        {
            ulong module = list + (32 * ((ulong)i + 1));
            Assert.Equal(expected[i].Content, Read(U64(module), (int)U64(module + 8)));
            Assert.Equal(expected[i].Name + "\0", Encoding.ASCII.GetString(Read(U64(module + 16), expected[i].Name.Length + 1)));
            Assert.Equal(0UL, U64(module + 24));
            Assert.True(entry.Ramdisk.Contains(MemoryRange.FromLength(U64(module), U64(module + 8))));
        }

        Assert.Equal(3u, U32(StartInfo + 48));
        Assert.Equal(0xA_0000UL, U64(U64(StartInfo + 40) + 8));
    }

    [Fact]
    public void A_PVH_kernel_without_a_configuration_finds_two_files()
    {
        Build(ElfImageFile.Kernel().Build(), [], [1], null, out _);

        Assert.Equal(3u, U32(StartInfo + 12));
        Assert.Equal(0UL, U64(U64(StartInfo + 16) + (32 * 3) + 16));
    }

    [Fact]
    public void Linux_is_told_the_ramdisks_size_with_the_archive()
    {
        byte[] built = Build(new BzImageFile().Bytes, new byte[4097], new byte[100], [], out DomainEntry entry);

        Assert.Equal((uint)entry.Ramdisk.Start, U32(ZeroPage + 0x218));
        Assert.Equal((uint)built.Length, U32(ZeroPage + 0x21C));
        Assert.InRange(built.Length, 4097 + 100 + 500, 5500);
    }

    [Fact]
    public void What_ends_exactly_with_the_domains_memory_fits_and_a_byte_more_does_not()
    {
        // The kernel takes the MiB from 16 MiB on. The archive gets the 3 MiB after it, to the last byte; what is larger by one
        // has to go below the kernel, where 15 MiB end with the kernel's start.
        byte[] kernel = new BzImageFile().Set32(0x260, MiB).Bytes;
        int overhead = Build(kernel, [], [], null, out _, 20).Length;
        _memory.Destroy();
        byte[] tree = ElfImageFile.Pattern((3 * MiB) - overhead, 3);

        byte[] built = Build(kernel, [], tree, null, out DomainEntry entry, 20);

        Assert.Equal((17UL * MiB, 20UL * MiB), (entry.Ramdisk.Start, entry.Ramdisk.End));
        Assert.Equal(tree, CpioEntry.ReadAll(built)[1].Content);
        _memory.Destroy();
        Build(kernel, [], new byte[tree.Length + 1], null, out entry, 20);
        Assert.True(entry.Ramdisk.End <= 16UL * MiB);
        _memory.Destroy();
        byte[] large = new byte[(15 * MiB) - overhead + 1];
        Assert.False(TryBuild(kernel, [], large, null, 20, out _, out ConstructionProblem problem));
        Assert.Equal(
            (ConstructionProblemKind.RamdiskSize, (15UL * MiB) + 4, 15UL * MiB), (problem.Kind, problem.Found, problem.Expected));
    }

    [Fact]
    public void Building_it_allocates_nothing()
    {
        byte[] kernel = ElfImageFile.Kernel().Build();
        byte[] tree = new byte[3 * MiB];
        Assert.True(TryBuild(kernel, [], tree, [], 64, out _, out _));
        _memory.Reset();
        Assert.True(KernelImage.TryParse(kernel, out KernelImage parsed, out _));
        var image = new DomainImage(parsed, [], "", 1, StartFlags.None, new BootMaterial(tree, s_list, []));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(DomainImageBuilder.TryBuild(image, _memory, out _, out _));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private bool TryBuild(
        byte[] kernel, byte[] ramdisk, byte[] tree, byte[]? configuration, ulong megabytes, out DomainEntry entry,
            out ConstructionProblem problem)
    {
        Assert.True(_memory.TryAllocate(megabytes * MiB, out problem), problem.Describe());
        Assert.True(KernelImage.TryParse(kernel, out KernelImage parsed, out _));
        BootMaterial material = configuration is null
            ? new BootMaterial(tree, s_list)
            : new BootMaterial(tree, s_list, configuration);
        return DomainImageBuilder.TryBuild(
            new DomainImage(parsed, ramdisk, "", 1, StartFlags.None, material), _memory, out entry, out problem);
    }

    /// <summary>Builds a domain, and gives its ramdisk as the domain finds it.</summary>
    private byte[] Build(
        byte[] kernel, byte[] ramdisk, byte[] tree, byte[]? configuration, out DomainEntry entry, ulong megabytes = 64)
    {
        Assert.True(
            TryBuild(kernel, ramdisk, tree, configuration, megabytes, out entry, out ConstructionProblem problem),
                problem.Describe());
        return Read(entry.Ramdisk.Start, (int)entry.Ramdisk.Length);
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.True(_memory.TryRead(address, bytes));
        return bytes;
    }

    private uint U32(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(Read(address, 4));

    private ulong U64(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Read(address, 8));
}
