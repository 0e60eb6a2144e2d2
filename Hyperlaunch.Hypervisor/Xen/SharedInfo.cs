using System;
using System.Threading;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// The page that a domain shares with the hypervisor, and each processor's vcpu_info, in that page or where the guest registers
/// it in its memory. The guest writes all of it whenever it likes: nothing that is read here is believed beyond its own domain.
/// Only the domain's own processors come here, with its gate held.
/// </summary>
internal sealed unsafe class SharedInfo
{
    private readonly GuestMemory _memory;
    private readonly byte* _page;
    private readonly byte*[] _cpus;
    private readonly bool[] _isRegistered;
    private readonly ShownPages _pages;

    /// <summary>Makes the page's owner.</summary>
    /// <param name="memory">The domain's memory.</param>
    /// <param name="pages">Where the guest sees the page.</param>
    /// <param name="cpus">The most processors that it can have.</param>
    public SharedInfo(GuestMemory memory, ShownPages pages, int cpus)
    {
        _memory = memory;
        _pages = pages;
        _page = memory.SharedPage(SharedPageIndex.Info);
        _cpus = new byte*[cpus];
        _isRegistered = new bool[cpus];
    }

    /// <summary>Whether the guest's kernel is one of 64 bits.</summary>
    public bool IsLong { get; set; }

    /// <summary>How many event channels the page has room for.</summary>
    public int Channels => SharedLayout.Channels(IsLong);

    /// <summary>evtchn_pending.</summary>
    public byte* Pending => _page + SharedLayout.Pending;

    /// <summary>evtchn_mask.</summary>
    public byte* Mask => _page + SharedLayout.Mask(IsLong);

    /// <summary>The page's bytes.</summary>
    public Span<byte> Bytes => new(_page, (int)PageSizes.Page);

    /// <summary>The domain is built anew: the page is clear, and nothing is registered.</summary>
    public void Reset()
    {
        Bytes.Clear();
        IsLong = true;
        for (int i = 0; i < _cpus.Length; i++)
        {
            _isRegistered[i] = false;
            _cpus[i] = i < SharedLayout.LegacyCpus ? _page + (i * SharedLayout.CpuSize) : null;
        }
    }

    /// <summary>Moves a processor's vcpu_info to where the guest wants it: once in the domain's life.</summary>
    /// <returns>0 or an error.</returns>
    public long Register(int cpu, ulong frame, uint offset)
    {
        if (_isRegistered[cpu] || offset > PageSizes.Page - SharedLayout.CpuSize || (offset & 7) != 0
            || frame >= ShownPages.FrameLimit)
        {
            return XenError.Invalid;
        }

        ulong address = (frame << PageSizes.PageShift) + offset;
        byte* place = _pages.ShownAt(frame) == SharedPageIndex.Info
            ? _page + offset
            : ((IPhysicalMemory)_memory).Map(address, SharedLayout.CpuSize);
        if (place == null)
        {
            return XenError.Invalid;
        }

        Span<byte> record = new(place, SharedLayout.CpuSize);
        if (_cpus[cpu] != null)
        {
            new ReadOnlySpan<byte>(_cpus[cpu], SharedLayout.CpuSize).CopyTo(record);
        }
        else
        {
            record.Clear();
        }

        _cpus[cpu] = place;
        _isRegistered[cpu] = true;

        // What came meanwhile could be lost: the guest looks at every channel once more, and finds some with nothing.
        MarkAll(cpu);
        return 0;
    }

    /// <summary>Whether a processor has a vcpu_info.</summary>
    public bool HasCpu(int cpu) => _cpus[cpu] != null;

    /// <summary>A processor's vcpu_time_info.</summary>
    public byte* Time(int cpu) => _cpus[cpu] + SharedLayout.Time;

    /// <summary>Whether a processor's vcpu_info says that an event is pending.</summary>
    public bool IsUpcallPending(int cpu)
        => _cpus[cpu] != null && Volatile.Read(ref *(_cpus[cpu] + SharedLayout.UpcallPending)) != 0;

    /// <summary>Says in a processor's vcpu_info that a channel has an event.</summary>
    /// <returns>Whether nothing was pending for it before.</returns>
    public bool TryMark(int cpu, int port)
    {
        byte* info = _cpus[cpu];
        return info != null && AtomicBits.TrySet(info + SharedLayout.Selector(IsLong), port >> (IsLong ? 6 : 5)) && Mark(info);
    }

    private void MarkAll(int cpu)
    {
        byte* selector = _cpus[cpu] + SharedLayout.Selector(IsLong);
        AtomicBits.Set(ref *(int*)selector, -1);
        if (IsLong)
        {
            AtomicBits.Set(ref *(int*)(selector + sizeof(int)), -1);
        }

        Mark(_cpus[cpu]);
    }

    private static bool Mark(byte* info)
    {
        bool isNew = *(info + SharedLayout.UpcallPending) == 0;
        Volatile.Write(ref *(info + SharedLayout.UpcallPending), 1);
        return isNew;
    }
}
