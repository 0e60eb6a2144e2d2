using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Where a guest sees the pages that it shares with the hypervisor: each in one place at most. The domain's gate is held.
/// </summary>
internal sealed class ShownPages
{
    /// <summary>Frames end here: a guest physical address has at most 52 bits.</summary>
    public const ulong FrameLimit = 1UL << 40;

    private const ulong Nowhere = ulong.MaxValue;

    private readonly GuestMemory _memory;
    private readonly ulong[] _frames = new ulong[(int)GuestMemory.SharedPages];

    /// <summary>Makes it for a domain, with nothing shown.</summary>
    public ShownPages(GuestMemory memory)
    {
        _memory = memory;
        Forget();
    }

    /// <summary>The domain is built anew: nothing is shown. What the nested page tables had of it is gone already.</summary>
    public void Forget()
    {
        for (int i = 0; i < _frames.Length; i++)
        {
            _frames[i] = Nowhere;
        }
    }

    /// <summary>Which page is shown at a frame; -1 when none is.</summary>
    public int ShownAt(ulong frame)
    {
        int found = -1;
        for (int i = 0; i < _frames.Length; i++)
        {
            found = _frames[i] == frame ? i : found;
        }

        return frame == Nowhere ? -1 : found;
    }

    /// <summary>Shows a page at a frame of the guest's memory or beyond it, and no longer where it was.</summary>
    /// <returns>False when it cannot be shown there; then it is shown nowhere.</returns>
    public bool TryShow(VirtualMachine machine, int page, ulong frame)
    {
        Hide(machine, page);
        if (frame >= FrameLimit || !_memory.TryShow(new GuestAddress(frame << PageSizes.PageShift), page))
        {
            return false;
        }

        // Another one that was there is hidden by this one.
        int covered = ShownAt(frame);
        if (covered >= 0)
        {
            _frames[covered] = Nowhere;
        }

        _frames[page] = frame;
        machine.InvalidateTranslations();
        return true;
    }

    /// <summary>Takes a page out of the guest's sight; the hypervisor goes on using it.</summary>
    public void Hide(VirtualMachine machine, int page)
    {
        if (_frames[page] != Nowhere)
        {
            _memory.TryHide(new GuestAddress(_frames[page] << PageSizes.PageShift));
            _frames[page] = Nowhere;
            machine.InvalidateTranslations();
        }
    }

    /// <summary>Takes all of them out of the guest's sight.</summary>
    public void HideAll(VirtualMachine machine)
    {
        for (int i = 0; i < _frames.Length; i++)
        {
            Hide(machine, i);
        }
    }
}
