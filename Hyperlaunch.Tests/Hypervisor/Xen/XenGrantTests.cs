using System;
using System.Buffers.Binary;
using System.Linq;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Xen.GrantPair;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed unsafe class XenGrantTests : IDisposable
{
    private const uint Reference = 9;

    private readonly GrantPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Theory]
    [InlineData(0u, Reading | Writing, PageRights.Write)]
    [InlineData(MapReadOnly, Reading, PageRights.ReadOnly)]
    public void A_granted_page_is_the_granters_own_and_marked_until_it_is_unmapped(uint flags, int marks, PageRights rights)
    {
        _pair.Granter.Write(Page, [1, 2, 3]);
        _pair.Grant(Reference, Permit);
        (short status, uint handle) = _pair.Map(Reference, HostMap | flags);
        Assert.Equal(GrantStatus.Okay, status);
        Assert.Equal(Permit | marks, _pair.Flags(Reference));
        Assert.True(_pair.Mapper.Test.Machine.Memory.Tables!.TryTranslate(Place, out ulong target, out PageRights seen));
        Assert.Equal(rights, seen);
        Assert.True(_pair.Granter.Test.Machine.Memory.TryFindPage(new(Page), out MachineAddress page));
        Assert.Equal(page.Value, target);

        Assert.Equal(GrantStatus.Okay, _pair.Unmap(handle));
        Assert.Null(_pair.Seen());
        Assert.Equal(Permit, _pair.Flags(Reference));
        Assert.Equal(0, _pair.Granter.Xen.Grants.InUse);
        Assert.Equal(0, _pair.Mapper.Xen.Mappings.Count);
    }

    [Theory]
    [InlineData("not granted", 0, HostMap, GrantStatus.GeneralError)]
    [InlineData("a transfer", Transfer, HostMap, GrantStatus.GeneralError)]
    [InlineData("transitive", Transitive, HostMap, GrantStatus.GeneralError)]
    [InlineData("read-only, to be written", Permit | ReadOnly, HostMap, GrantStatus.GeneralError)]
    [InlineData("read-only, to be read", Permit | ReadOnly, HostMap | MapReadOnly, GrantStatus.Okay)]
    [InlineData("no way of mapping", Permit, 0u, GrantStatus.GeneralError)]
    [InlineData("a device's address", Permit, 1u, GrantStatus.GeneralError)]
    [InlineData("a page table's entry", Permit, HostMap | 0x10, GrantStatus.GeneralError)]
    [InlineData("unknown flags", Permit, HostMap | 0x8000_0000, GrantStatus.GeneralError)]
    public void What_is_not_granted_so_is_not_mapped(string what, int entry, uint flags, short expected)
    {
        _pair.Grant(Reference, entry);
        Assert.Equal(expected, _pair.Map(Reference, flags).Status);
        Assert.True(expected == GrantStatus.Okay || _pair.Flags(Reference) == entry, what);
        Assert.Equal(expected == GrantStatus.Okay ? 1 : 0, _pair.Mapper.Xen.Mappings.Count);
    }

    [Fact]
    public void A_third_domain_cannot_use_a_grant()
    {
        using XenMachine third = new(host: _pair.Host, domid: 6);
        _pair.Grant(Reference, Permit);
        Assert.Equal(GrantStatus.GeneralError, _pair.Map(Reference, mapper: third).Status);
    }

    [Theory]
    [InlineData(512u, GrantStatus.BadReference)]
    [InlineData(uint.MaxValue, GrantStatus.BadReference)]
    public void There_is_no_entry_beyond_the_frames_in_use(uint reference, short expected)
        => Assert.Equal(expected, _pair.Map(reference).Status);

    [Fact]
    public void Frames_are_shown_and_counted_as_the_guest_asks_for_them()
    {
        Assert.Equal(0, _pair.Granter.Call(12, 7, Physmap(1, 2, 0x1_0000)));
        Assert.Equal(3, _pair.Granter.Xen.Grants.FrameCount);
        _pair.Grant(1535, Permit);
        Assert.Equal(GrantStatus.Okay, _pair.Map(1535).Status);
        Assert.Equal(XenError.Invalid, _pair.Granter.Call(12, 7, Physmap(1, SharedPageIndex.GrantFrames, 0x1_0001)));
        Assert.Equal(XenError.Invalid, _pair.Granter.Call(12, 7, Physmap(1, 1UL << 63, 0x1_0001)));

        byte[] query = XenMachine.Words(0x7FF0, 0, 0, 0xFFFF_FFFF);
        Assert.Equal(0, List(_pair.Granter, 6, query, 1));
        Assert.Equal(3u, _pair.Granter.Answer(1));
        Assert.Equal((uint)SharedPageIndex.GrantFrames, _pair.Granter.Answer(2));
        Assert.Equal(0xFFFF_0000u, _pair.Granter.Answer(3));
    }

    [Theory]
    [InlineData(0x7FF1u, GrantStatus.BadDomain)]
    [InlineData(99u, GrantStatus.BadDomain)]
    public void There_must_be_a_domain(uint domid, short expected) => Assert.Equal(expected, _pair.Map(0, domid: domid).Status);

    [Fact]
    public void A_domain_can_map_what_it_grants_itself()
    {
        _pair.Grant(Reference, Permit, domid: GranterId);
        (short status, uint handle) = _pair.Map(Reference, domid: 0x7FF0, mapper: _pair.Granter);
        Assert.Equal(GrantStatus.Okay, status);
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(handle, mapper: _pair.Granter));
    }

    [Theory]
    [InlineData(8ul << 20, GrantStatus.BadPage)]
    [InlineData(0xFEE0_0000ul, GrantStatus.BadPage)]
    [InlineData(0xFFF_FFFF_F000ul, GrantStatus.BadPage)]
    public void Only_memory_of_the_granters_can_be_granted(ulong page, short expected)
    {
        _pair.Grant(Reference, Permit, page: page);
        Assert.Equal(expected, _pair.Map(Reference).Status);
        Assert.Equal(Permit, _pair.Flags(Reference));
    }

    [Fact]
    public void A_page_of_anothers_that_it_has_mapped_is_not_the_mappers_to_grant()
    {
        _pair.Grant(Reference, Permit);
        Assert.Equal(GrantStatus.Okay, _pair.Map(Reference).Status);
        int* entry = (int*)_pair.Mapper.Test.Machine.Memory.SharedPage(SharedPageIndex.Grants);
        entry[1] = (int)(Place >> 12);
        entry[0] = Permit | (int)(GranterId << 16);
        Assert.Equal(GrantStatus.BadPage, _pair.Map(0, domid: MapperId, mapper: _pair.Granter).Status);
    }

    [Theory]
    [InlineData(Place + 1, GrantStatus.BadAddress)]
    [InlineData(1UL << 52, GrantStatus.BadAddress)]
    [InlineData(ulong.MaxValue - 4095, GrantStatus.BadAddress)]
    public void A_place_that_no_guest_can_have_is_refused_and_nothing_stays_in_use(ulong place, short expected)
    {
        _pair.Grant(Reference, Permit);
        Assert.Equal(expected, _pair.Map(Reference, place: place).Status);
        Assert.Equal(Permit, _pair.Flags(Reference));
        Assert.Equal(0, _pair.Mapper.Xen.Mappings.Count);
        Assert.Equal(0, _pair.Granter.Xen.Grants.InUse);
    }

    [Fact]
    public void Mapped_over_memory_the_memory_comes_back_as_it_was()
    {
        _pair.Mapper.Write(Page, [7]);
        _pair.Grant(Reference, Permit, page: Page + 4096);
        (_, uint handle) = _pair.Map(Reference, place: Page);
        Assert.True(_pair.Mapper.Test.Machine.Memory.TryFindPage(new(Page), out MachineAddress own));
        Assert.NotEqual(own.Value, _pair.Seen(Page));
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(handle, Page));
        Assert.Equal(own.Value, _pair.Seen(Page));
        Assert.Equal(7, _pair.Mapper.Read(Page, 1)[0]);
    }

    [Fact]
    public void An_entry_in_use_twice_is_marked_until_both_have_ended()
    {
        _pair.Grant(Reference, Permit);
        uint reads = _pair.Map(Reference, HostMap | MapReadOnly).Handle;
        uint writes = _pair.Map(Reference, place: Place + 4096).Handle;
        Assert.Equal(Permit | Reading | Writing, _pair.Flags(Reference));
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(writes, Place + 4096));
        Assert.Equal(Permit | Reading, _pair.Flags(Reference));
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(reads));
        Assert.Equal(Permit, _pair.Flags(Reference));
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData((uint)XenMachine.Mappings)]
    [InlineData(1u)]
    public void A_handle_of_nothing_is_refused(uint handle) => Assert.Equal(GrantStatus.BadHandle, _pair.Unmap(handle));

    [Fact]
    public void A_handle_is_for_one_place_and_ends_once()
    {
        _pair.Grant(Reference, Permit);
        uint handle = _pair.Map(Reference).Handle;
        Assert.Equal(GrantStatus.BadAddress, _pair.Unmap(handle, Place + 4096));
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(handle));
        Assert.Equal(GrantStatus.BadHandle, _pair.Unmap(handle));
    }

    [Fact]
    public void Handles_end_and_come_back()
    {
        _pair.Grant(Reference, Permit);
        uint[] handles = [.. Enumerable.Range(0, XenMachine.Mappings)
            .Select(i => _pair.Map(Reference, place: Place + ((ulong)i << 12)).Handle)];
        Assert.Equal(GrantStatus.NoSpace, _pair.Map(Reference, place: Place - 4096).Status);
        Assert.Equal(GrantStatus.Okay, _pair.Unmap(handles[3], Place + (3 << 12)));
        Assert.Equal((GrantStatus.Okay, handles[3]), _pair.Map(Reference, place: Place - 4096));
    }

    [Fact]
    public void A_list_of_none_does_nothing()
    {
        Assert.Equal(0, _pair.Mapper.CallWith(0, 20, 1, ulong.MaxValue, 0));
        Assert.Equal(0, _pair.Mapper.CallWith(0, 20, 0, ulong.MaxValue, 0));
    }

    [Fact]
    public void A_long_list_is_done_a_part_at_a_time()
    {
        const int count = GrantCall.Part + 2;
        _pair.Grant(Reference, Permit);
        byte[] list = new byte[32 * count];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(list.AsSpan(i * 32), Place + ((ulong)i << 12));
            BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan((i * 32) + 8), HostMap);
            BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan((i * 32) + 12), Reference);
            BinaryPrimitives.WriteUInt16LittleEndian(list.AsSpan((i * 32) + 16), (ushort)GranterId);
        }

        FakeExit(list, count);
        Assert.Equal(GrantCall.Part, _pair.Mapper.Xen.Mappings.Count);
        Assert.Equal(20u, _pair.Mapper.Test.Processor.GetRegister(GuestRegister.Rax));
        Assert.Equal(2u, _pair.Mapper.Test.Processor.GetRegister(GuestRegister.Rdx));
        _pair.Mapper.Test.Machine.Interfaces.TryHypercall(_pair.Mapper.Test.Machine.Cpu(0));
        Assert.Equal(count, _pair.Mapper.Xen.Mappings.Count);
        Assert.Equal(0u, _pair.Mapper.Test.Processor.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void A_list_that_is_not_there_answers_so_and_keeps_nothing()
    {
        _pair.Grant(Reference, Permit);
        Assert.Equal(XenError.BadAddress, _pair.Mapper.CallWith(0, 20, 0, 0x8000_0000, 1));
        Assert.Equal(0, _pair.Mapper.Xen.Mappings.Count);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void Who_ends_leaves_a_spare_page_behind_and_no_way_into_its_memory(int writes, bool unmapsAfterwards)
    {
        _pair.Granter.Write(Page, [42]);
        _pair.Grant(Reference, Permit);
        uint handle = _pair.Map(Reference, HostMap | (writes == 0 ? MapReadOnly : 0)).Handle;
        ulong owned = _pair.Seen()!.Value;

        End(_pair.Granter);
        Assert.NotEqual(owned, _pair.Seen());
        Assert.Equal(0, _pair.SeenBytes()[0]);
        Assert.Equal(GrantStatus.BadDomain, _pair.Map(Reference, place: Place + 4096).Status);

        // Its next life knows nothing of what was in use in the former one.
        _pair.Granter.Test.Machine.Memory.Reset();
        _pair.Granter.Test.Machine.Reset(1);
        _pair.Grant(Reference, Permit | Reading);
        if (unmapsAfterwards)
        {
            Assert.Equal(GrantStatus.Okay, _pair.Unmap(handle));
            Assert.Null(_pair.Seen());
        }

        Assert.Equal(Permit | Reading, _pair.Flags(Reference));
        Assert.Equal(0, _pair.Granter.Xen.Grants.InUse);
        Assert.Equal(GrantStatus.Okay, _pair.Map(Reference, place: Place + 8192).Status);
    }

    [Fact]
    public void Who_ends_gives_back_what_others_granted_it()
    {
        _pair.Grant(Reference, Permit);
        _pair.Map(Reference);
        _pair.Map(Reference, place: Place + 4096);
        End(_pair.Mapper);
        Assert.Equal(Permit, _pair.Flags(Reference));
        Assert.Equal(0, _pair.Mapper.Xen.Mappings.Count);
        Assert.Equal(0, _pair.Granter.Xen.Grants.InUse);
    }

    [Fact]
    public void Lives_of_both_leave_nothing_in_use_and_no_table_lost()
    {
        int tables = 0;
        for (int life = 0; life < 200; life++)
        {
            XenMachine ended = (life & 1) == 0 ? _pair.Granter : _pair.Mapper;
            _pair.Grant(Reference, Permit);
            Assert.Equal(GrantStatus.Okay, _pair.Map(Reference).Status);
            End(ended);
            ended.Test.Machine.Memory.Reset();
            ended.Test.Machine.Reset(1);
            if ((life & 1) == 0)
            {
                Assert.Equal(1, _pair.Mapper.Xen.Mappings.Count);
            }
            else
            {
                tables = tables == 0 ? _pair.Mapper.Test.Machine.Memory.Tables!.FreeTables : tables;
                Assert.Equal(0, _pair.Mapper.Xen.Mappings.Count);
                Assert.Equal(tables, _pair.Mapper.Test.Machine.Memory.Tables!.FreeTables);
            }

            Assert.Equal(0, _pair.Granter.Xen.Grants.InUse);
            Load(ended);
        }
    }

    [Theory]
    [InlineData(0, 0, 4096)]
    [InlineData(100, 3000, 1096)]
    [InlineData(4095, 0, 1)]
    [InlineData(0, 4096, 0)]
    public void Bytes_are_copied_both_ways(int from, int to, int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))];
        _pair.Granter.Write(Page, bytes);
        _pair.Grant(Reference, Permit | ReadOnly);
        Assert.Equal(GrantStatus.Okay, _pair.Copy(CopyEnd.Granted(Reference, from), CopyEnd.Own(0x30_0000, to), length));
        Assert.Equal(bytes.AsSpan(from, length).ToArray(), _pair.Mapper.Read(0x30_0000 + (ulong)to, length));
        Assert.Equal(Permit | ReadOnly, _pair.Flags(Reference));

        _pair.Mapper.Write(0x40_0000, bytes);
        _pair.Grant(10, Permit, page: Page + 8192);
        Assert.Equal(GrantStatus.Okay, _pair.Copy(CopyEnd.Own(0x40_0000, from), CopyEnd.Granted(10, to), length));
        Assert.Equal(bytes.AsSpan(from, length).ToArray(), _pair.Granter.Read(Page + 8192 + (ulong)to, length));
    }

    [Fact]
    public void Bytes_are_copied_between_pages_that_two_others_grant()
    {
        byte[] bytes = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 3))];
        using XenMachine third = new(host: _pair.Host, domid: 6);
        int* entry = (int*)third.Test.Machine.Memory.SharedPage(SharedPageIndex.Grants);
        entry[1] = (int)(Page >> 12);
        entry[0] = Permit | (int)(MapperId << 16);
        _pair.Granter.Write(Page, bytes);
        _pair.Grant(Reference, Permit);
        Assert.Equal(GrantStatus.Okay, _pair.Copy(CopyEnd.Granted(Reference, 1), CopyEnd.Granted(0, 5, domid: 6), 1000));
        Assert.Equal(bytes.AsSpan(1, 1000).ToArray(), third.Read(Page + 5, 1000));
    }

    [Theory]
    [InlineData(0, 1, 4096, 0, GrantStatus.BadCopy)]
    [InlineData(4096, 0, 1, 0, GrantStatus.BadCopy)]
    [InlineData(0, 0, 0xFFFF, 0, GrantStatus.BadCopy)]
    [InlineData(0xFFFF, 0, 0, 0, GrantStatus.BadCopy)]
    [InlineData(0, 0, 1, 4, GrantStatus.GeneralError)]
    public void A_copy_stays_in_its_pages(int from, int to, int length, int flags, short expected)
    {
        _pair.Grant(Reference, Permit);
        Assert.Equal(expected, _pair.Copy(CopyEnd.Granted(Reference, from), CopyEnd.Own(0x30_0000, to), length, flags));
        Assert.Equal(Permit, _pair.Flags(Reference));
    }

    [Fact]
    public void What_is_granted_to_be_read_is_not_copied_into()
    {
        _pair.Grant(Reference, Permit | ReadOnly);
        Assert.Equal(GrantStatus.GeneralError, _pair.Copy(CopyEnd.Own(0x30_0000), CopyEnd.Granted(Reference), 1));
    }

    [Fact]
    public void Anothers_page_is_not_named_by_its_frame()
    {
        CopyEnd foreign = new(false, GranterId, Page >> 12, 0);
        Assert.Equal(GrantStatus.PermissionDenied, _pair.Copy(foreign, CopyEnd.Own(0x30_0000), 1));
        Assert.Equal(GrantStatus.BadPage, _pair.Copy(CopyEnd.Own(8ul << 20), CopyEnd.Own(0x30_0000), 1));
        Assert.Equal(GrantStatus.BadPage, _pair.Copy(CopyEnd.Own(ulong.MaxValue), CopyEnd.Own(0x30_0000), 1));
    }

    [Theory]
    [InlineData(8u, 1u, 0L, 1u)]
    [InlineData(8u, 2u, XenError.NoSuchCall, 1u)]
    [InlineData(8u, 3u, XenError.Invalid, 1u)]
    [InlineData(10u, 0x7FF0u, 0L, 0x7FF0u)]
    [InlineData(10u, GranterId, XenError.NotPermitted, GranterId)]
    public void Only_version_1_is_there(uint operation, uint word, long expected, uint answer)
    {
        Assert.Equal(expected, List(_pair.Mapper, operation, XenMachine.Words(word, 0), 1));
        Assert.Equal(answer, _pair.Mapper.Answer(0));
        Assert.Equal(operation == 10 && expected == 0 ? 1u : 0u, _pair.Mapper.Answer(1));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(99)]
    public void What_is_not_offered_is_not_there(int operation)
        => Assert.Equal(XenError.NoSuchCall, _pair.Mapper.CallWith(0, 20, (ulong)operation, XenMachine.Argument, 1));

    [Fact]
    public void Nothing_is_allocated()
    {
        _pair.Grant(Reference, Permit);
        byte[] map = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(map, Place);
        BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(8), HostMap);
        BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(12), Reference);
        BinaryPrimitives.WriteUInt16LittleEndian(map.AsSpan(16), (ushort)GranterId);
        byte[] unmap = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(unmap, Place);
        for (int i = 0; i < 3; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            List(_pair.Mapper, 0, map, 1);
            List(_pair.Mapper, 1, unmap, 1);
            End(_pair.Granter);
            _pair.Granter.Xen.Grants.Open();
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }
    }

    private static byte[] Physmap(uint space, ulong index, ulong frame)
    {
        byte[] argument = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(argument, 0x7FF0);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), space);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(8), index);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(16), frame);
        return argument;
    }

    private static void End(XenMachine machine) => machine.Test.Machine.Release();

    // A new life begins in the state in which the test's kernel makes its calls.
    private static void Load(XenMachine machine) => machine.Test.Machine.Unpause();

    private void FakeExit(byte[] list, ulong count)
    {
        _pair.Mapper.Write(XenMachine.Argument, list);
        _pair.Mapper.Load(0, 20, 0, XenMachine.Argument, count);
        _pair.Mapper.Test.Machine.Interfaces.TryHypercall(_pair.Mapper.Test.Machine.Cpu(0));
    }
}
