using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Copies between a page of the caller's and one that another domain grants, or between two of these, without mapping either. The
/// caller's gate is held where it is called and where it returns; no two domains' gates are held at once.
/// </summary>
internal static unsafe class GrantCopier
{
    // GNTCOPY_source_gref and GNTCOPY_dest_gref.
    private const uint SourceIsGrant = 1 << 0;
    private const uint TargetIsGrant = 1 << 1;

    // Between two granted pages so many bytes go at once, from one domain's gate to the other's.
    private const int Piece = 256;

    /// <summary>
    /// Bytes of a gnttab_copy: twice a reference or a frame, which is a long, a domid and an offset; length, flags, status.
    /// </summary>
    public static ulong SizeOf(bool isLong) => isLong ? 40UL : 24UL;

    /// <summary>Does some copies.</summary>
    /// <returns>0, or an error where an argument cannot be read or answered.</returns>
    public static long Copy(in HypercallCaller caller, int count)
    {
        int size = (int)SizeOf(caller.IsLong);
        int word = caller.WordSize;
        int target = caller.IsLong ? 16 : 8;
        int rest = target * 2;
        for (int i = 0; i < count; i++)
        {
            ulong place = caller.Second + (uint)(i * size);
            if (!caller.TryRead(place, size, out ReadOnlySpan<byte> argument))
            {
                return XenError.BadAddress;
            }

            uint length = BinaryPrimitives.ReadUInt16LittleEndian(argument.Slice(rest));
            uint flags = BinaryPrimitives.ReadUInt16LittleEndian(argument.Slice(rest + 2));
            End from = ReadEnd(in caller, argument, 0, word, (flags & SourceIsGrant) != 0);
            End to = ReadEnd(in caller, argument, target, word, (flags & TargetIsGrant) != 0);
            short status = (flags & ~(SourceIsGrant | TargetIsGrant)) != 0
                ? GrantStatus.GeneralError
                : CopyOne(in caller, in from, in to, length);
            if (!caller.TryWriteU16(place + (uint)rest + 4, status))
            {
                return XenError.BadAddress;
            }
        }

        return 0;
    }

    private static End ReadEnd(in HypercallCaller caller, ReadOnlySpan<byte> argument, int at, int word, bool isGrant) => new()
    {
        IsGrant = isGrant,
        Reference = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(at)),
        Frame = caller.Word(argument, at),
        Domid = caller.Translate(BinaryPrimitives.ReadUInt16LittleEndian(argument.Slice(at + word))),
        Offset = BinaryPrimitives.ReadUInt16LittleEndian(argument.Slice(at + word + 2)),
    };

    private static short CopyOne(in HypercallCaller caller, in End from, in End to, uint length)
    {
        if (from.Offset + length > PageSizes.Page || to.Offset + length > PageSizes.Page)
        {
            return GrantStatus.BadCopy;
        }

        if ((!from.IsGrant && from.Domid != caller.Xen.Domid) || (!to.IsGrant && to.Domid != caller.Xen.Domid))
        {
            return GrantStatus.PermissionDenied;
        }

        // The caller's own pages stay where they are: its processor is in this call.
        byte* source = null;
        byte* target = null;
        if ((!from.IsGrant && !TryReach(caller.Xen.Grants, in from, out source))
            || (!to.IsGrant && !TryReach(caller.Xen.Grants, in to, out target)))
        {
            return GrantStatus.BadPage;
        }

        SpinGate own = caller.Cpu.Machine.Gate;
        own.Exit();
        short status = GrantStatus.Okay;
        if (from.IsGrant && to.IsGrant)
        {
            Buffer buffer;
            byte* bytes = buffer.Bytes;
            for (uint done = 0; status == GrantStatus.Okay && done < length; done += Piece)
            {
                uint piece = length - done < Piece ? length - done : Piece;
                status = CopyGranted(in caller, in from, done, bytes, piece, isWriting: false);
                status = status == GrantStatus.Okay
                    ? CopyGranted(in caller, in to, done, bytes, piece, isWriting: true)
                    : status;
            }
        }
        else if (from.IsGrant)
        {
            status = CopyGranted(in caller, in from, 0, target, length, isWriting: false);
        }
        else if (to.IsGrant)
        {
            status = CopyGranted(in caller, in to, 0, source, length, isWriting: true);
        }
        else
        {
            new ReadOnlySpan<byte>(source, (int)length).CopyTo(new Span<byte>(target, (int)length));
        }

        own.Enter();
        return status;
    }

    /// <summary>
    /// Copies between a granted page and a place that is the caller's. Sound because the granter's memory is there while its
    /// grants are open, which its gate keeps them, and the other place is the caller's page or the buffer of this copy.
    /// </summary>
    private static short CopyGranted(in HypercallCaller caller, in End end, uint done, byte* other, uint length, bool isWriting)
    {
        GrantTable? grants = caller.Xen.Domains.Find(end.Domid)?.Grants;
        if (grants is null)
        {
            return GrantStatus.BadDomain;
        }

        grants.Gate.Enter();
        short status = grants.TryUse(caller.Xen.Domid, end.Reference, isWriting, out GuestAddress page);
        if (status == GrantStatus.Okay)
        {
            byte* bytes = ((IPhysicalMemory)grants.Memory).Map(page.Value, PageSizes.Page);
            if (bytes == null)
            {
                status = GrantStatus.BadPage;
            }
            else
            {
                bytes += end.Offset + done;
                new ReadOnlySpan<byte>(isWriting ? other : bytes, (int)length)
                    .CopyTo(new Span<byte>(isWriting ? bytes : other, (int)length));
            }

            grants.EndUse(end.Reference, isWriting, grants.Life);
        }

        grants.Gate.Exit();
        return status;
    }

    private static bool TryReach(GrantTable own, in End end, out byte* bytes)
    {
        bytes = end.Frame < ShownPages.FrameLimit
            ? ((IPhysicalMemory)own.Memory).Map(end.Frame << PageSizes.PageShift, PageSizes.Page)
            : null;
        bytes += bytes == null ? 0 : end.Offset;
        return bytes != null;
    }

    private struct End
    {
        public bool IsGrant;
        public uint Reference;
        public ulong Frame;
        public uint Domid;
        public uint Offset;
    }

    private struct Buffer
    {
        public fixed byte Bytes[Piece];
    }
}
