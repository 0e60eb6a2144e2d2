using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

/// <summary>Two domains, or more, of which the first grants the second some of its memory.</summary>
internal sealed unsafe class GrantPair : IDisposable
{
    public const uint GranterId = 3, MapperId = 5;

    /// <summary>What the granter grants: a page, and the frame of the next.</summary>
    public const ulong Page = 0x20_0000;

    /// <summary>Where the mapper maps it: beyond its memory.</summary>
    public const ulong Place = 0x1000_0000;

    public const int Permit = 1, Transfer = 2, Transitive = 3, ReadOnly = 4, Reading = 8, Writing = 16;

    public const uint HostMap = 2, MapReadOnly = 4;

    private const uint GrantOperation = 20;

    public GrantPair(int cpus = 1, bool isLong = true)
    {
        Host = new XenHost(3);
        Granter = new XenMachine(cpus, isLong, host: Host, domid: (int)GranterId);
        Mapper = new XenMachine(cpus, isLong, host: Host, domid: (int)MapperId);
    }

    public XenHost Host { get; }

    public XenMachine Granter { get; }

    public XenMachine Mapper { get; }

    public void Dispose()
    {
        Granter.Dispose();
        Mapper.Dispose();
    }

    /// <summary>The granter writes an entry of its table.</summary>
    public void Grant(uint reference, int flags, uint domid = MapperId, ulong page = Page)
    {
        int* entry = Entry(reference);
        entry[1] = (int)(page >> 12);
        entry[0] = flags | (int)(domid << 16);
    }

    /// <summary>The flags of an entry.</summary>
    public int Flags(uint reference) => Entry(reference)[0] & 0xFFFF;

    public int* Entry(uint reference) => (int*)(Granter.Test.Machine.Memory.SharedPage(
        SharedPageIndex.Grants + (int)(reference / GrantTable.EntriesPerFrame)) + (reference % GrantTable.EntriesPerFrame * 8));

    /// <summary>The mapper maps a grant.</summary>
    public (short Status, uint Handle) Map(
        uint reference, uint flags = HostMap, ulong place = Place, uint domid = GranterId, XenMachine? mapper = null)
    {
        mapper ??= Mapper;
        byte[] argument = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(argument, place);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(8), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(12), reference);
        BinaryPrimitives.WriteUInt16LittleEndian(argument.AsSpan(16), (ushort)domid);
        long result = List(mapper, 0, argument, 1);
        byte[] answer = mapper.Read(XenMachine.Argument, 32);
        return result != 0
            ? throw new InvalidOperationException($"The call answered {result}.")
            : (BinaryPrimitives.ReadInt16LittleEndian(answer.AsSpan(18)),
                BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(20)));
    }

    /// <summary>The mapper takes a mapping away.</summary>
    public short Unmap(uint handle, ulong place = Place, XenMachine? mapper = null)
    {
        mapper ??= Mapper;
        byte[] argument = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(argument, place);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(16), handle);
        long result = List(mapper, 1, argument, 1);
        return result != 0
            ? throw new InvalidOperationException($"The call answered {result}.")
            : BinaryPrimitives.ReadInt16LittleEndian(mapper.Read(XenMachine.Argument + 20, 2));
    }

    /// <summary>The mapper copies; an end is a grant's reference or a frame of its own.</summary>
    public short Copy(CopyEnd from, CopyEnd to, int length, int moreFlags = 0)
    {
        byte[] argument = new byte[40];
        from.Write(argument);
        to.Write(argument.AsSpan(16));
        BinaryPrimitives.WriteUInt16LittleEndian(argument.AsSpan(32), (ushort)length);
        BinaryPrimitives.WriteUInt16LittleEndian(
            argument.AsSpan(34), (ushort)((from.IsGrant ? 1 : 0) | (to.IsGrant ? 2 : 0) | moreFlags));
        long result = List(Mapper, 5, argument, 1);
        return result != 0
            ? throw new InvalidOperationException($"The call answered {result}.")
            : BinaryPrimitives.ReadInt16LittleEndian(Mapper.Read(XenMachine.Argument + 36, 2));
    }

    public static long List(XenMachine mapper, ulong operation, byte[] operations, ulong count)
    {
        mapper.Write(XenMachine.Argument, operations);
        return mapper.CallWith(0, GrantOperation, operation, XenMachine.Argument, count);
    }

    /// <summary>The machine's page that the mapper sees at an address; none when nothing is there.</summary>
    public ulong? Seen(ulong place = Place)
        => Mapper.Test.Machine.Memory.Tables!.TryTranslate(place, out ulong target, out _) ? target : null;

    /// <summary>The machine's bytes behind an address of the mapper's.</summary>
    public byte* SeenBytes(ulong place = Place) => ((IPhysicalMemory)Mapper.Test).Map(Seen(place)!.Value, 4096);

    /// <summary>One end of a copy.</summary>
    internal readonly record struct CopyEnd(bool IsGrant, uint Domid, ulong Number, int Offset)
    {
        public static CopyEnd Granted(uint reference, int offset = 0, uint domid = GranterId)
            => new(true, domid, reference, offset);

        public static CopyEnd Own(ulong address, int offset = 0) => new(false, 0x7FF0, address >> 12, offset);

        public void Write(Span<byte> end)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(end, Number);
            BinaryPrimitives.WriteUInt16LittleEndian(end.Slice(8), (ushort)Domid);
            BinaryPrimitives.WriteUInt16LittleEndian(end.Slice(10), (ushort)Offset);
        }
    }
}
