using System;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// One virtual-machine control structure (Intel SDM vol 3, chapter 25), and in memory what is known of the fields that change
/// while the guest lives. Those are written to the structure before an entry and read from it when somebody asks; so they may be
/// set from any CPU while the guest does not run, whichever CPU the structure is active on.
/// </summary>
/// <remarks>
/// The pointers are to pages that belong to this object for good and are larger than what is read through them; all uses here are
/// sound because of that.
/// </remarks>
internal sealed unsafe class Vmcs : IVmcsReader
{
    /// <summary>Bytes of memory for the slots.</summary>
    public const int SlotMemorySize = (int)VmcsSlot.Count * sizeof(ulong);

    /// <summary>The slots of a segment register.</summary>
    public const int SegmentSlots = 4;

    private const int SegmentSlotCount = (int)VmcsSlot.GdtrBase;

    // Software writes the revision and leaves the next word, the abort indicator, alone (25.2).
    private const int HeaderSize = 8;
    private const byte Poison = 0xFF;

    private const ulong AllSlots = (1UL << (int)VmcsSlot.Count) - 1;

    // What neither the guest nor the processor changes.
    private const ulong OwnSlots = AllSlots & ~((1UL << (int)VmcsSlot.TscOffset) - 1);

    // What is looked at between the runs of a guest, also while another one's structure is current.
    private const ulong HotSlots
        = (1UL << (int)VmcsSlot.Rip) | (1UL << (int)VmcsSlot.Rflags) | (1UL << (int)VmcsSlot.Interruptibility);

    // The fields of the slots behind those of the segments, in their order.
    private static readonly ushort[] s_fields =
    [
        (ushort)VmcsField.GuestGdtrBase, (ushort)VmcsField.GuestGdtrLimit, (ushort)VmcsField.GuestIdtrBase,
        (ushort)VmcsField.GuestIdtrLimit, (ushort)VmcsField.GuestCr0, (ushort)VmcsField.GuestCr3, (ushort)VmcsField.GuestCr4,
        (ushort)VmcsField.GuestDr7, (ushort)VmcsField.GuestRsp, (ushort)VmcsField.GuestRip, (ushort)VmcsField.GuestRflags,
        (ushort)VmcsField.GuestPendingDebug, (ushort)VmcsField.GuestDebugControl, (ushort)VmcsField.GuestPat,
        (ushort)VmcsField.GuestEfer, (ushort)VmcsField.GuestSysenterCs, (ushort)VmcsField.GuestSysenterEsp,
        (ushort)VmcsField.GuestSysenterEip, (ushort)VmcsField.GuestInterruptibility, (ushort)VmcsField.GuestActivity,
        (ushort)VmcsField.EntryControls, (ushort)VmcsField.TscOffset, (ushort)VmcsField.Cr0Shadow, (ushort)VmcsField.Cr4Shadow,
        (ushort)VmcsField.PrimaryControls, (ushort)VmcsField.EntryInterruption, (ushort)VmcsField.EntryErrorCode,
        (ushort)VmcsField.MsrBitmap,
    ];

    private readonly VirtualizationHost _host;
    private readonly VmxInstructions _instructions;
    private readonly byte* _region;
    private readonly ulong* _values;
    private ulong _known;
    private ulong _unwritten;
    private VmxCpu? _cpu;
    private bool _isLaunched;
    private bool _isPrepared;

    /// <summary>Makes a structure that is active nowhere.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="instructions">How VMX's instructions are executed.</param>
    /// <param name="region">Its page, zeroed.</param>
    /// <param name="slots">Memory of <see cref="SlotMemorySize"/> bytes.</param>
    /// <param name="revision">The processor's revision identifier.</param>
    public Vmcs(VirtualizationHost host, VmxInstructions instructions, byte* region, ulong* slots, uint revision)
    {
        _host = host;
        _instructions = instructions;
        _region = region;
        _values = slots;
        if (IsPoisoned)
        {
            new Span<byte>(region + HeaderSize, VirtualizationHost.PageSize - HeaderSize).Fill(Poison);
        }

        *(uint*)region = revision;
        Clear();
    }

    /// <summary>
    /// New structures are filled with ones first, so that a field that is never written fails an entry instead of being zero by
    /// chance: for the self-test.
    /// </summary>
    public static bool IsPoisoned { get; set; }

    /// <summary>Whether an entry must be by VMRESUME.</summary>
    public bool IsLaunched => _isLaunched;

    /// <summary>A field that changes while the guest lives.</summary>
    public ulong this[VmcsSlot slot]
    {
        get
        {
            ulong bit = 1UL << (int)slot;
            if ((_known & bit) == 0)
            {
                Fetch(bit);
            }

            return _values[(int)slot];
        }

        set
        {
            ulong bit = 1UL << (int)slot;
            if ((_known & bit) == 0 || _values[(int)slot] != value)
            {
                _values[(int)slot] = value;
                _known |= bit;
                _unwritten |= bit;
            }
        }
    }

    /// <summary>Forgets what the structure holds: every slot is 0 until it is set, whatever the guest did.</summary>
    public void Reset()
    {
        new Span<byte>(_values, SlotMemorySize).Clear();
        _known = AllSlots;
        _unwritten = AllSlots;
    }

    /// <inheritdoc/>
    public ulong Read(uint field)
    {
        MakeCurrent();
        return Get(field);
    }

    /// <summary>Writes a field that no slot stands for.</summary>
    public void Write(uint field, ulong value)
    {
        MakeCurrent();
        Put(field, value);
    }

    /// <summary>
    /// Makes the structure active and current on this CPU, which need not be the one it was on, if it has left that.
    /// </summary>
    /// <returns>Whether it was not active here: what depends on the CPU must be written.</returns>
    public bool EnterCpu(VmxCpu cpu)
    {
        bool moves = _cpu is null;
        if (moves)
        {
            _cpu = cpu;
        }

        MakeCurrent();
        return moves;
    }

    /// <summary>Whether the fields that never change have been written; the answer is no only once.</summary>
    public bool TakePreparation()
    {
        bool isFirst = !_isPrepared;
        _isPrepared = true;
        return isFirst;
    }

    /// <summary>Writes to the structure what was set in memory. It is current.</summary>
    public void WriteBack()
    {
        while (_unwritten != 0)
        {
            int slot = SlotSet.First(_unwritten);
            Put(FieldOf(slot), _values[slot]);
            _unwritten &= _unwritten - 1;
        }
    }

    /// <summary>The guest has run: everything that it or the processor may have changed must be read anew.</summary>
    public void AfterRun()
    {
        _isLaunched = true;
        _known &= OwnSlots;

        // The entry took the event; the processor cleared its valid bit (27.8.3).
        _values[(int)VmcsSlot.EntryInterruption] = VmxEvent.None;
    }

    /// <summary>Makes the structure active nowhere, if it is active here; everything it holds is then in memory.</summary>
    public void Leave(VmxCpu cpu)
    {
        if (_cpu is null)
        {
            return;
        }

        if (!ReferenceEquals(_cpu, cpu))
        {
            _host.Fail("a control structure was to leave a CPU that it is not on"u8);
        }

        Fetch(AllSlots & ~_known);
        WriteBack();
        Clear();
        cpu.CurrentStructure = null;
        _cpu = null;
    }

    private static uint FieldOf(int slot)
    {
        if (slot >= SegmentSlotCount)
        {
            return s_fields[slot - SegmentSlotCount];
        }

        uint first = (VmcsSlot)(slot % SegmentSlots) switch
        {
            VmcsSlot.Selector => VmcsField.GuestEsSelector,
            VmcsSlot.Limit => VmcsField.GuestEsLimit,
            VmcsSlot.Rights => VmcsField.GuestEsRights,
            _ => VmcsField.GuestEsBase,
        };

        // Two encodings from one segment to the next.
        return first + ((uint)(slot / SegmentSlots) * 2);
    }

    // A field that is refused is a mistake of this code, which capabilities decided about: there is no way on.
    private void Put(uint field, ulong value)
    {
        if (!_instructions.TryWrite(field, value))
        {
            _host.Fail("VMWRITE was refused, of the field"u8, field);
        }
    }

    private ulong Get(uint field)
    {
        if (!_instructions.TryRead(field, out ulong value))
        {
            _host.Fail("VMREAD was refused, of the field"u8, field);
        }

        return value;
    }

    private void Fetch(ulong slots)
    {
        if (slots == 0)
        {
            return;
        }

        MakeCurrent();
        while (slots != 0)
        {
            int slot = SlotSet.First(slots);
            _values[slot] = Get(FieldOf(slot));
            _known |= 1UL << slot;
            slots &= slots - 1;
        }
    }

    // A structure is active on one CPU at a time, and only there may it be read or written (25.11.1).
    private void MakeCurrent()
    {
        VmxCpu cpu = (VmxCpu)_host.CurrentCpu!;
        if (!ReferenceEquals(_cpu, cpu))
        {
            _host.Fail("a guest processor's control structure was used on a CPU that it is not on"u8);
        }

        if (ReferenceEquals(cpu.CurrentStructure, this))
        {
            return;
        }

        Vmcs? before = cpu.CurrentStructure;
        before?.Fetch(HotSlots & ~before._known);
        if (!_instructions.TryLoad((ulong)_region))
        {
            _host.Fail("VMPTRLD was refused"u8);
        }

        cpu.CurrentStructure = this;
    }

    private void Clear()
    {
        if (!_instructions.TryClear((ulong)_region))
        {
            _host.Fail("VMCLEAR was refused"u8);
        }

        _isLaunched = false;
    }
}
