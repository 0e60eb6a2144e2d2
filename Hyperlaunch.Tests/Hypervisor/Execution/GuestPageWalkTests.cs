using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class GuestPageWalkTests
{
    private const ulong Present = 1, Write = 2, User = 4, Large = 0x80;
    private const ulong Paging = (1UL << 31) | 1;
    private const ulong WriteProtect = 1 << 16;

    private readonly FakeVirtualProcessor _processor = new() { Cr0 = Paging, Cr3 = 0x1000 };
    private readonly ArrayMemory _memory = new(0x10_0000);

    [Fact]
    public void Without_paging_a_linear_address_is_physical_and_has_32_bits()
    {
        _processor.Cr0 = 1;
        Assert.Equal(0x1234ul, Translate(0xFFFF_FFFF_0000_1234));
    }

    [Fact]
    public void Four_levels_end_in_a_4_KiB_page()
    {
        LongMode();
        Entry8(0x1000, 1, 0x2000 | Present | Write | User);
        Entry8(0x2000, 2, 0x3000 | Present | Write | User);
        Entry8(0x3000, 3, 0x4000 | Present | Write | User);
        Entry8(0x4000, 4, 0x7_7000 | Present | Write | User);
        Assert.Equal(0x7_7ABCul, Translate((1UL << 39) | (2UL << 30) | (3UL << 21) | (4UL << 12) | 0xABC));
    }

    [Theory]
    [InlineData(2, 0x4020_0000ul)]
    [InlineData(3, 0x1_4000_0000ul)]
    public void Large_pages_end_the_walk_early(int level, ulong page)
    {
        LongMode();
        Entry8(0x1000, 0, 0x2000 | Present);
        Entry8(0x2000, 0, level == 3 ? page | Present | Large : 0x3000 | Present);
        Entry8(0x3000, 0, page | Present | Large);
        Assert.Equal(page + 0x1F_FFFF, Translate(0x1F_FFFF));
    }

    [Fact]
    public void Two_levels_of_four_byte_entries()
    {
        _processor.Cr4 = 1 << 4;
        Entry4(0x1000, 3, 0x2000 | (uint)Present);
        Entry4(0x2000, 5, 0x9000 | (uint)Present);
        Entry4(0x1000, 4, 0x80_0000 | (uint)(Present | Large));
        Assert.Equal(0x9123ul, Translate((3u << 22) | (5u << 12) | 0x123));
        Assert.Equal(0x80_0000ul + 0x3F_FFFF, Translate((4u << 22) | 0x3F_FFFF));
    }

    [Fact]
    public void Four_byte_entries_know_no_large_pages_without_PSE()
    {
        Entry4(0x1000, 4, 0x2000 | (uint)(Present | Large));
        Entry4(0x2000, 0, 0x9000 | (uint)Present);
        Assert.Equal(0x9000ul, Translate(4u << 22));
    }

    [Fact]
    public void Three_levels_start_at_a_root_of_32_bytes_without_access_bits()
    {
        _processor.Cr4 = 1 << 5;
        _processor.Cr3 = 0x1020;
        _processor.PrivilegeLevel = 3;
        Entry8(0x1020, 2, 0x2000 | Present);
        Entry8(0x2000, 0, 0x20_0000 | Present | Write | User | Large);
        Assert.Equal(0x20_0042ul, Translate(0x8000_0042, write: true));
    }

    [Theory]
    [InlineData(0ul, 0, false, 0u)]
    [InlineData(0ul, 3, true, 6u)]
    [InlineData(Present, 3, false, 5u)]
    [InlineData(Present | User, 3, true, 7u)]
    [InlineData(Present, 0, true, 3u)]
    public void A_refusal_carries_the_error_code_of_the_page_fault(ulong rights, int privilege, bool write, uint expected)
    {
        LongMode();
        _processor.Cr0 |= WriteProtect;
        _processor.PrivilegeLevel = privilege;
        Entry8(0x1000, 0, 0x2000 | Present | Write | User);
        Entry8(0x2000, 0, 0x3000 | Present | Write | User);
        Entry8(0x3000, 0, 0x4000 | Present | Write | User);
        Entry8(0x4000, 0, 0x9000 | rights);
        Assert.False(GuestPageWalk.TryTranslate(_processor, _memory, default, write, out _, out uint errorCode));
        Assert.Equal(expected, errorCode);
    }

    [Fact]
    public void The_supervisor_writes_read_only_pages_unless_CR0_WP_is_set()
    {
        LongMode();
        Entry8(0x1000, 0, 0x2000 | Present);
        Entry8(0x2000, 0, Present | Large);
        Assert.True(GuestPageWalk.TryTranslate(_processor, _memory, default, true, out _, out _));
        _processor.Cr0 |= WriteProtect;
        Assert.False(GuestPageWalk.TryTranslate(_processor, _memory, default, true, out _, out _));
    }

    [Fact]
    public void Tables_outside_the_domains_memory_are_a_fault_and_not_a_crash()
    {
        LongMode();
        Entry8(0x1000, 0, 0x000F_FFFF_FFFF_F000 | Present);
        Assert.False(GuestPageWalk.TryTranslate(_processor, _memory, default, false, out _, out _));
        _processor.Cr3 = ulong.MaxValue;
        Assert.False(GuestPageWalk.TryTranslate(_processor, _memory, new LinearAddress(ulong.MaxValue), false, out _, out _));
    }

    [Fact]
    public void A_table_that_points_at_itself_ends_after_its_levels()
    {
        LongMode();
        for (uint i = 0; i < 512; i++)
        {
            Entry8(0x1000, i, 0x1000 | Present | Write | User);
        }

        Assert.Equal(0x1FFFul, Translate(0x0000_7FFF_FFFF_FFFF));
    }

    [Fact]
    public void A_read_across_pages_stops_at_the_first_one_that_is_missing()
    {
        LongMode();
        Entry8(0x1000, 0, 0x2000 | Present);
        Entry8(0x2000, 0, 0x3000 | Present);
        Entry8(0x3000, 0, 0x4000 | Present);
        Entry8(0x4000, 0, 0x8000 | Present);
        _memory.Bytes[0x8FFF] = 0x42;
        Span<byte> read = stackalloc byte[4];
        Assert.Equal(1, GuestLinearMemory.Read(_processor, _memory, new LinearAddress(0xFFF), read, out LinearFault fault));
        Assert.Equal(0x42, read[0]);
        Assert.Equal(0x1000ul, fault.Address);
    }

    private void LongMode()
    {
        _processor.Efer = 1 << 10;
        _processor.Cr4 = 1 << 5;
    }

    private ulong Translate(ulong linear, bool write = false)
    {
        LinearAddress address = new(linear);
        Assert.True(GuestPageWalk.TryTranslate(_processor, _memory, address, write, out GuestAddress physical, out _));
        return physical.Value;
    }

    private void Entry8(ulong table, uint index, ulong value)
        => BinaryPrimitives.WriteUInt64LittleEndian(_memory.Bytes.AsSpan((int)(table + (index * 8))), value);

    private void Entry4(ulong table, uint index, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(_memory.Bytes.AsSpan((int)(table + (index * 4))), value);
}
