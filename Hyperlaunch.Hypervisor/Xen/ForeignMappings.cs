using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// What a domain has mapped of others' memory, by handles that the guest keeps. Everything is done with the domain's gate held.
/// </summary>
/// <remarks>
/// A page of another domain leaves in three steps, so that its owner never gets it back while somebody can still reach it: out of
/// the nested page tables, out of what the processors remember of these, and only then out of use in the owner's grant table.
/// </remarks>
internal sealed class ForeignMappings
{
    private const uint None = uint.MaxValue;

    private readonly GuestMemory _memory;
    private readonly ForeignMapping[] _mappings;
    private uint _free;

    /// <summary>Makes room for mappings.</summary>
    /// <param name="memory">The domain's memory.</param>
    /// <param name="capacity">How many there can be at once.</param>
    public ForeignMappings(GuestMemory memory, int capacity)
    {
        _memory = memory;
        _mappings = new ForeignMapping[capacity];
        Clear();
    }

    /// <summary>How many there can be.</summary>
    public int Capacity => _mappings.Length;

    /// <summary>How many handles are not free.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public ref ForeignMapping this[int handle] => ref _mappings[handle];

    /// <summary>Takes a handle for a page that is asked for next.</summary>
    /// <returns>The handle; -1 when there is none left.</returns>
    public int Reserve(uint granter, uint reference, bool isWriting, GuestAddress address)
    {
        if (_free == None)
        {
            return -1;
        }

        int handle = (int)_free;
        _free = _mappings[handle].Reference;
        _mappings[handle] = new ForeignMapping
        {
            State = ForeignMappingState.Pending,
            IsWriting = isWriting,
            Granter = granter,
            Reference = reference,
            Address = address,
        };
        Count++;
        return handle;
    }

    /// <summary>Shows the guest a page under a handle that was reserved.</summary>
    /// <returns>False when it cannot be shown there.</returns>
    public bool TryShow(int handle, MachineAddress page, uint life)
    {
        ref ForeignMapping mapping = ref _mappings[handle];
        if (!_memory.TryShow(mapping.Address, page, mapping.IsWriting ? PageRights.Write : PageRights.ReadOnly))
        {
            return false;
        }

        mapping.Life = life;
        mapping.State = ForeignMappingState.Mapped;
        return true;
    }

    /// <summary>Takes a page out of the guest's tables. Its processors forget it before <see cref="Free"/>.</summary>
    /// <returns>False when nothing is mapped under the handle.</returns>
    public bool TryHide(int handle)
    {
        ref ForeignMapping mapping = ref _mappings[handle];
        if (mapping.State is not (ForeignMappingState.Mapped or ForeignMappingState.Revoked))
        {
            return false;
        }

        _memory.TryHide(mapping.Address);
        mapping.State = ForeignMappingState.Ending;
        return true;
    }

    /// <summary>Gives a handle back.</summary>
    public void Free(int handle)
    {
        _mappings[handle] = new ForeignMapping { Reference = _free };
        _free = (uint)handle;
        Count--;
    }

    /// <summary>
    /// A domain takes all of its pages back: the guest sees a spare page in place of each, so that it loses nothing but what it
    /// was granted.
    /// </summary>
    /// <returns>Whether there was any that the processors may remember.</returns>
    public bool Revoke(uint granter)
    {
        bool any = false;
        for (int i = 0; Count != 0 && i < _mappings.Length; i++)
        {
            ref ForeignMapping mapping = ref _mappings[i];
            if (mapping.Granter != granter || mapping.State is ForeignMappingState.Free or ForeignMappingState.Revoked)
            {
                continue;
            }

            any |= mapping.State != ForeignMappingState.Pending;
            if (mapping.State == ForeignMappingState.Mapped)
            {
                // The table for it is there, as it was mapped.
                _memory.TryShow(mapping.Address, SharedPageIndex.Spare);
            }

            if (mapping.State != ForeignMappingState.Ending)
            {
                mapping.State = ForeignMappingState.Revoked;
            }
        }

        return any;
    }

    private void Clear()
    {
        _free = None;
        for (int i = _mappings.Length - 1; i >= 0; i--)
        {
            _mappings[i] = new ForeignMapping { Reference = _free };
            _free = (uint)i;
        }
    }
}
