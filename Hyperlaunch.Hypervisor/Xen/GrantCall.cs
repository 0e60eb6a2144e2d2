using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// grant_table_op (20), version 1 of the interface (Xen public/grant_table.h): a list of operations of one kind, each with its
/// own status. A long list is done a part at a time, between which the processor can be interrupted.
/// </summary>
internal sealed class GrantCall : Hypercall
{
    /// <summary>So many operations are done at once.</summary>
    public const int Part = 32;

    private const ulong MapReference = 0;
    private const ulong UnmapReference = 1;
    private const ulong Copy = 5;
    private const ulong QuerySize = 6;
    private const ulong SetVersion = 8;
    private const ulong GetVersion = 10;

    private const uint OnlyVersion = 1;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller)
    {
        ulong count = caller.Third;
        switch (caller.First)
        {
            case MapReference:
            case UnmapReference:
            case Copy:
                return Some(in caller, caller.First, count < Part ? (int)count : Part);
            case QuerySize:
                return count == 0 ? 0 : count > 1 ? XenError.Invalid : Query(in caller);
            case SetVersion:
                return count > 1 ? XenError.Invalid : Choose(in caller);
            case GetVersion:
                return count > 1 ? XenError.Invalid : Tell(in caller);
            default:
                return XenError.NoSuchCall;
        }
    }

    private static long Some(in HypercallCaller caller, ulong operation, int count)
    {
        if (count == 0)
        {
            return 0;
        }

        ulong size = operation == MapReference ? GrantMapper.MapSize
            : operation == UnmapReference ? GrantMapper.UnmapSize
            : GrantCopier.SizeOf(caller.IsLong);
        long result = operation == MapReference ? GrantMapper.Map(in caller, count)
            : operation == UnmapReference ? GrantMapper.Unmap(in caller, count)
            : GrantCopier.Copy(in caller, count);
        return result != 0 || caller.Third == (uint)count
            ? result
            : caller.Continue(caller.Second + (size * (uint)count), caller.Third - (uint)count);
    }

    // gnttab_query_size: dom; nr_frames, max_nr_frames, status.
    private static long Query(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 16, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        bool isOwn = caller.IsOwn(BinaryPrimitives.ReadUInt16LittleEndian(argument));
        return caller.TryWriteU32(caller.Second + 4, isOwn ? (uint)caller.Xen.Grants.FrameCount : 0)
            && caller.TryWriteU32(caller.Second + 8, isOwn ? (uint)SharedPageIndex.GrantFrames : 0)
            && caller.TryWriteU16(caller.Second + 12, isOwn ? GrantStatus.Okay : GrantStatus.PermissionDenied)
            ? 0
            : XenError.BadAddress;
    }

    // gnttab_set_version: in and out. Version 2 brings status frames and transitive grants, and the faults that came with them.
    private static long Choose(in HypercallCaller caller)
    {
        if (!caller.TryReadU32(caller.Second, out uint version))
        {
            return XenError.BadAddress;
        }

        return !caller.TryWriteU32(caller.Second, OnlyVersion) ? XenError.BadAddress
            : version == OnlyVersion ? 0
            : version == 2 ? XenError.NoSuchCall
            : XenError.Invalid;
    }

    // gnttab_get_version: dom; version.
    private static long Tell(in HypercallCaller caller)
    {
        if (!caller.TryReadU32(caller.Second, out uint domid))
        {
            return XenError.BadAddress;
        }

        return !caller.IsOwn((ushort)domid) ? XenError.NotPermitted
            : caller.TryWriteU32(caller.Second + 4, OnlyVersion) ? 0
            : XenError.BadAddress;
    }
}
