using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Maps pages that other domains grant, and takes the mappings away. The caller's gate is held where it is called and where it
/// returns; in between it is given back whenever another domain's is taken, so that no two are held at once.
/// </summary>
internal static class GrantMapper
{
    /// <summary>Bytes of a gnttab_map_grant_ref: host_addr, flags, ref, dom, status, handle, dev_bus_addr.</summary>
    public const int MapSize = 32;

    /// <summary>Bytes of a gnttab_unmap_grant_ref: host_addr, dev_bus_addr, handle, status.</summary>
    public const int UnmapSize = 24;

    // GNTMAP_host_map and GNTMAP_readonly. The others are a paravirtualized guest's, or ask for a device's address, of which
    // there is none without an IOMMU.
    private const uint HostMap = 1 << 1;
    private const uint ReadOnly = 1 << 2;

    private const uint NoHandle = uint.MaxValue;

    /// <summary>Does some mappings.</summary>
    /// <returns>0, or an error where an argument cannot be read or answered.</returns>
    public static long Map(in HypercallCaller caller, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong place = caller.Second + (uint)(i * MapSize);
            if (!caller.TryRead(place, MapSize, out ReadOnlySpan<byte> argument))
            {
                return XenError.BadAddress;
            }

            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(argument);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(8));
            uint reference = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(12));
            uint domid = BinaryPrimitives.ReadUInt16LittleEndian(argument.Slice(16));
            short status = MapOne(in caller, address, flags, reference, domid, out uint handle);
            if (!caller.TryWriteU16(place + 18, status) || !caller.TryWriteU32(place + 20, handle)
                || !caller.TryWriteU64(place + 24, 0))
            {
                // A mapping that the guest does not hear of is not kept.
                if (status == GrantStatus.Okay)
                {
                    caller.Xen.Mappings.TryHide((int)handle);
                    caller.Xen.Batch(caller.Cpu.Index)[0] = (int)handle;
                    End(in caller, 1);
                }

                return XenError.BadAddress;
            }
        }

        return 0;
    }

    /// <summary>Takes some mappings away: when it returns no processor can reach the pages.</summary>
    /// <returns>0, or an error where an argument cannot be read or answered.</returns>
    public static long Unmap(in HypercallCaller caller, int count)
    {
        long result = 0;
        int ending = 0;
        int[] batch = caller.Xen.Batch(caller.Cpu.Index);
        for (int i = 0; i < count && result == 0; i++)
        {
            ulong place = caller.Second + (uint)(i * UnmapSize);
            if (!caller.TryRead(place, UnmapSize, out ReadOnlySpan<byte> argument))
            {
                result = XenError.BadAddress;
                break;
            }

            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(argument);
            uint handle = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(16));
            short status = UnmapOne(caller.Xen.Mappings, address, handle);
            if (status == GrantStatus.Okay)
            {
                batch[ending++] = (int)handle;
            }

            result = caller.TryWriteU16(place + 20, status) ? 0 : XenError.BadAddress;
        }

        End(in caller, ending);
        return result;
    }

    private static short MapOne(
        in HypercallCaller caller, ulong address, uint flags, uint reference, uint domid, out uint handle)
    {
        handle = NoHandle;
        bool isWriting = (flags & ReadOnly) == 0;
        XenInterface xen = caller.Xen;
        GrantTable? grants = xen.Domains.Find(caller.Translate(domid))?.Grants;
        if ((flags & ~ReadOnly) != HostMap)
        {
            return GrantStatus.GeneralError;
        }

        if ((address & PageSizes.PageMask) != 0)
        {
            return GrantStatus.BadAddress;
        }

        if (grants is null)
        {
            return GrantStatus.BadDomain;
        }

        // The handle first: if the other domain ends meanwhile it finds the handle, and revokes it.
        int reserved = xen.Mappings.Reserve(caller.Translate(domid), reference, isWriting, new GuestAddress(address));
        if (reserved < 0)
        {
            return GrantStatus.NoSpace;
        }

        SpinGate own = caller.Cpu.Machine.Gate;
        own.Exit();
        grants.Gate.Enter();
        short status = grants.TryUse(xen.Domid, reference, isWriting, out GuestAddress granted);
        MachineAddress page = default;
        uint life = grants.Life;
        if (status == GrantStatus.Okay && !grants.Memory.TryFindPage(granted, out page))
        {
            grants.EndUse(reference, isWriting, life);
            status = GrantStatus.BadPage;
        }

        grants.Gate.Exit();
        own.Enter();
        if (status == GrantStatus.Okay)
        {
            status = Show(in caller, reserved, page, life);
        }

        if (status == GrantStatus.Okay)
        {
            handle = (uint)reserved;
        }
        else
        {
            xen.Mappings.Free(reserved);
        }

        return status;
    }

    private static short Show(in HypercallCaller caller, int handle, MachineAddress page, uint life)
    {
        ref ForeignMapping mapping = ref caller.Xen.Mappings[handle];
        bool isRevoked = mapping.State != ForeignMappingState.Pending;
        bool replaces = caller.Cpu.Machine.Memory.Tables!.TryTranslate(mapping.Address.Value, out _, out _);
        if (!isRevoked && caller.Xen.Mappings.TryShow(handle, page, life))
        {
            if (replaces)
            {
                caller.Cpu.Machine.InvalidateTranslations();
            }

            return GrantStatus.Okay;
        }

        mapping.Life = life;
        Return(in caller, in mapping);
        return isRevoked ? GrantStatus.BadDomain : GrantStatus.BadAddress;
    }

    private static short UnmapOne(ForeignMappings mappings, ulong address, uint handle)
    {
        if (handle >= (uint)mappings.Capacity
            || mappings[(int)handle].State is not (ForeignMappingState.Mapped or ForeignMappingState.Revoked))
        {
            return GrantStatus.BadHandle;
        }

        if (mappings[(int)handle].Address.Value != address)
        {
            return GrantStatus.BadAddress;
        }

        mappings.TryHide((int)handle);
        return GrantStatus.Okay;
    }

    // The second and the third step of an end, for the handles of the processor's batch.
    private static void End(in HypercallCaller caller, int count)
    {
        if (count == 0)
        {
            return;
        }

        VirtualMachine machine = caller.Cpu.Machine;
        ForeignMappings mappings = caller.Xen.Mappings;
        int[] batch = caller.Xen.Batch(caller.Cpu.Index);
        machine.InvalidateTranslations();
        machine.Gate.Exit();
        machine.AwaitStaleTranslations();
        machine.Gate.Enter();
        for (int i = 0; i < count; i++)
        {
            Return(in caller, in mappings[batch[i]]);
            mappings.Free(batch[i]);
        }
    }

    // Tells the granter that one of its pages is in use no more.
    private static void Return(in HypercallCaller caller, in ForeignMapping mapping)
    {
        ForeignMapping ended = mapping;
        GrantTable? grants = caller.Xen.Domains.Find(ended.Granter)?.Grants;
        if (grants is null)
        {
            return;
        }

        caller.Cpu.Machine.Gate.Exit();
        grants.Gate.Enter();
        grants.EndUse(ended.Reference, ended.IsWriting, ended.Life);
        grants.Gate.Exit();
        caller.Cpu.Machine.Gate.Enter();
    }
}
