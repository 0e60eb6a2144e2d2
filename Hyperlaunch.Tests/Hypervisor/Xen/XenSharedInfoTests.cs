using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Machine.Paging;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed class XenSharedInfoTests
{
    private const uint MemoryCall = 12, VcpuCall = 24;

    [Theory]
    [InlineData(true, XenMachine.SharedFrame)]
    [InlineData(false, XenMachine.SharedFrame)]
    [InlineData(true, 0xF_E700ul)]
    public void The_page_is_shown_where_the_guest_wants_it_and_memory_comes_back(bool isLong, ulong frame)
    {
        using XenMachine xen = new(isLong: isLong);
        PageTable tables = xen.Test.Machine.Memory.Tables!;
        bool wasMapped = tables.TryTranslate(frame << 12, out ulong before, out _);
        Assert.Equal(0, Show(xen, isLong, frame));
        Assert.True(tables.TryTranslate(frame << 12, out ulong shown, out _));
        Assert.NotEqual(before, shown);

        Assert.Equal(0, Show(xen, isLong, frame + 1));
        Assert.True(tables.TryTranslate((frame + 1) << 12, out ulong moved, out _));
        Assert.Equal(shown, moved);
        Assert.Equal(frame == XenMachine.SharedFrame, tables.TryTranslate(frame << 12, out ulong after, out _));
        Assert.True(!wasMapped || after == before);
    }

    [Theory]
    [InlineData(0x100_0000_0000ul)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x10_0000_0000ul)]
    public void A_frame_that_no_guest_can_have_is_refused(ulong frame)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.Invalid, Show(xen, true, frame));
    }

    [Fact]
    public void Showing_it_again_and_again_costs_a_guest_its_tables_and_nobody_else()
    {
        using XenMachine xen = new();
        int shown = 0;
        for (ulong i = 0; i < 1000; i++)
        {
            shown += Show(xen, true, i << 18) == 0 ? 1 : 0;
        }

        Assert.InRange(shown, 1, 999);
        Assert.Equal(0x0004_0011, xen.Call(17, 0));
    }

    [Theory]
    [InlineData(true, 0xC00, 0xC0C)]
    [InlineData(false, 0x900, 0x924)]
    public void The_wall_clock_is_the_time_of_day_at_the_domains_start(bool isLong, int place, int high)
    {
        using XenMachine xen = new(isLong: isLong);
        xen.Call(34, 0, XenMachine.Words(0x7FF0, 0, 0xF3, 2u << 24));
        byte[] record = xen.Shared(place, 12);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record) & 1);
        Assert.Equal(1_735_689_602u, BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(4)));
        Assert.Equal(500_000_000u, BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(8)));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(xen.Shared(high, 4)));
    }

    [Fact]
    public void Every_processor_has_its_clock_before_it_registers_anything()
    {
        using XenMachine xen = new(2);
        for (int i = 0; i < 2; i++)
        {
            byte[] record = xen.Shared((i * 64) + 32, 32);
            Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record) & 1);
            Assert.NotEqual(0u, BinaryPrimitives.ReadUInt32LittleEndian(record));
            Assert.Equal(0x8000_0000u, BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(24)));
            Assert.Equal(1, record[29]);
        }
    }

    [Fact]
    public void A_processor_registers_its_place_once_and_everything_is_pending_there()
    {
        using XenMachine xen = new();
        byte[] place = XenMachine.Words(0x200, 0, 0x40, 0);
        Assert.Equal(0, xen.Call(VcpuCall, 10, place, vcpu: 0));
        Assert.Equal(XenError.Invalid, xen.Call(VcpuCall, 10, place, vcpu: 0));
        byte[] info = xen.Read(0x20_0040, 64);
        Assert.Equal(1, info[0]);
        Assert.Equal(ulong.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(8)));
        Assert.Equal(0x8000_0000u, BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(56)));
    }

    [Theory]
    [InlineData(0x200u, 0u, 0xFC4u)]
    [InlineData(0x200u, 0u, 4u)]
    [InlineData(0x800u, 0u, 0u)]
    [InlineData(0u, 0x1000u, 0u)]
    [InlineData(0xFFFF_FFFFu, 0xFFFF_FFFFu, 0u)]
    public void A_place_across_pages_or_outside_memory_is_refused(uint low, uint high, uint offset)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.Invalid, xen.Call(VcpuCall, 10, XenMachine.Words(low, high, offset, 0), vcpu: 0));
    }

    [Fact]
    public void A_processor_that_does_not_exist_registers_nothing()
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.NoSuchEntry, xen.Call(VcpuCall, 10, XenMachine.Words(0x200, 0, 0, 0), vcpu: 1));
        Assert.Equal(XenError.NoSuchEntry, xen.Call(VcpuCall, 10, XenMachine.Words(0x200, 0, 0, 0), vcpu: ulong.MaxValue));
    }

    [Theory]
    [InlineData(true, 48)]
    [InlineData(false, 44)]
    public void The_run_state_says_how_long_a_processor_slept(bool isLong, int size)
    {
        using XenMachine xen = new(isLong: isLong);
        ulong area = 0x21_0000 - 20;
        byte[] pointer = isLong ? BitConverter.GetBytes(area) : BitConverter.GetBytes((uint)area);
        Assert.Equal(0, xen.Call(VcpuCall, 5, pointer, vcpu: 0));
        xen.Test.Exits(Hyperlaunch.Hypervisor.Execution.ExitReason.Halt);
        xen.Test.Processor.Rflags |= 0x200;
        xen.Test.Run();
        xen.Prepare();
        xen.Clock.Nanoseconds += 5_000_000;
        xen.Prepare();
        byte[] record = xen.Read(area, size);
        int times = isLong ? 16 : 12;
        Assert.Equal(2, record[0]);
        Assert.Equal(5_000_000ul, BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(times + 16)));
        Assert.Equal(xen.Clock.Nanoseconds, BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(times - 8)));
    }

    [Fact]
    public void A_soft_reset_gives_everything_back()
    {
        using XenMachine xen = new();
        Show(xen, true, XenMachine.SharedFrame);
        uint port = xen.BindTimer(0);
        xen.Call(VcpuCall, 10, XenMachine.Words(0x200, 0, 0x40, 0), vcpu: 0);
        Assert.Equal(0, xen.Call(29, 2, XenMachine.Words(5)));
        Assert.True(xen.Test.Machine.IsRunning);
        Assert.NotEqual(PortKind.Virq, xen.Xen.Channels.BindingOf(port).Kind);
        Assert.False(xen.Xen.Pages.ShownAt(XenMachine.SharedFrame) == SharedPageIndex.Info);
        Assert.Equal(0, xen.Call(VcpuCall, 10, XenMachine.Words(0x200, 0, 0x40, 0), vcpu: 0));
    }

    private static long Show(XenMachine xen, bool isLong, ulong frame)
    {
        byte[] argument = new byte[isLong ? 24 : 16];
        BinaryPrimitives.WriteUInt16LittleEndian(argument, 0x7FF0);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(isLong ? 16 : 8), isLong ? frame : frame << 32);
        return xen.Call(MemoryCall, 7, argument);
    }
}
