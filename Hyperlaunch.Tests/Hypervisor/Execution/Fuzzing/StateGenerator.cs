using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>Processor states: every mode, page tables that translate something, and values at edges.</summary>
internal sealed class StateGenerator(FuzzRandom random)
{
    private const ulong Present = 7;
    private const int TableCount = 4;

    private static readonly int[] s_indexes = [0, 1, 2, 3, 511];
    private static readonly ulong[] s_pages = [0xFEE0_0000, 0xFEC0_0000, 0x40_0000, 0xFFFF_F000, 0xFFFF_FFFF_F000];
    private static readonly ushort[] s_code = [0x9B, 0xC9B, 0xA9B, 0xC9B, 0xA9B, 0x89B];

    private readonly ulong[] _tables = new ulong[TableCount];
    private bool _isWide;

    /// <summary>Makes page tables in a domain's memory, wide or narrow ones, with mistakes.</summary>
    public void MakeTables(GuestMemory memory)
    {
        _isWide = !random.OneIn(3);
        for (int i = 0; i < TableCount; i++)
        {
            _tables[i] = random.Under((int)(FuzzMemory.DomainSize >> 12)) << 12;
        }

        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        for (int level = 0; level < TableCount; level++)
        {
            foreach (int index in s_indexes)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(entry, Entry(level));
                GuestAddress place = new(_tables[level] + ((ulong)index * (_isWide ? 8u : 4u)));
                memory.TryWrite(place, entry.Slice(0, _isWide ? 8 : 4));
            }
        }
    }

    /// <summary>Puts a processor into a state of some mode.</summary>
    public void Choose(IVirtualProcessor processor)
    {
        int mode = random.Below(8);
        processor.Cr0 = mode switch
        {
            0 => 0x10,
            1 => 0x11,
            2 => random.Next(),
            _ => 0x8000_0011 | (random.OneIn(2) ? ControlBits.Cr0WriteProtect : 0),
        };
        bool isLong = _isWide && mode >= 4;
        processor.Efer = mode == 2 ? random.Next() & 0xD01 : isLong ? 0x500 | (random.Next() & 0x801) : random.Next() & 0x801;
        processor.Cr4 = mode == 2 ? random.Next() : (_isWide ? 0x20u : 0) | (random.Next() & 0x4_0010);
        processor.Cr3 = random.OneIn(16) ? random.Number() : _tables[isLong || !_isWide ? 3 : 2] | (random.Next() & 0x18);
        processor.SetSegment(SegmentRegister.Cs, Segment(random.Of<ushort>(s_code)));
        processor.SetSegment(SegmentRegister.Es, Segment(0xC93));
        processor.SetSegment(SegmentRegister.Ds, Segment(0xC93));
        processor.SetSegment(SegmentRegister.Fs, Segment(0xC93));
        processor.Rip = LinearAddress(processor) - (random.OneIn(4) ? 0 : processor.GetSegment(SegmentRegister.Cs).Base);
        for (GuestRegister register = GuestRegister.Rax; register <= GuestRegister.R15; register++)
        {
            processor.SetRegister(register, random.OneIn(3) ? LinearAddress(processor) : random.Number());
        }
    }

    /// <summary>Changes a little of a state.</summary>
    public void Vary(FuzzProcessor processor)
    {
        ulong choice = random.Next();
        processor.Rflags = (processor.Rflags & ~0x600UL) | 2 | ((choice & 7) == 0 ? 0 : 0x200u) | (choice & 0x400)
            | (random.OneIn(16) ? random.Next() & 0x3F_FFFF : 0);
        processor.InterruptShadow = (choice >> 3 & 15) == 0;
        processor.IsEventQueued = (choice >> 7 & 15) == 0;
        processor.CanTakeNmi = (choice >> 11 & 7) != 0;
        processor.PrivilegeLevel = (choice >> 14 & 7) == 0 ? 3 : 0;
        processor.Cr8 = (choice >> 17 & 7) == 0 ? (byte)(choice >> 24 & 15) : (byte)0;
        GuestRegister register = (GuestRegister)(choice >> 32 & 15);
        processor.SetRegister(register, (choice >> 40 & 1) == 0 ? LinearAddress(processor) : random.Number());
        if ((choice >> 41 & 3) == 0)
        {
            processor.Rip = LinearAddress(processor);
        }
    }

    /// <summary>A linear address that has a chance to be translated.</summary>
    public ulong LinearAddress(IVirtualProcessor processor)
    {
        ulong offset = (ulong)(random.OneIn(4) ? 0xFFF - random.Below(16) : random.Below(0x1000));
        if ((processor.Cr0 & ControlBits.Cr0Paging) == 0)
        {
            return random.Under((int)FuzzMemory.DomainSize) & ~0xFFFUL | offset;
        }

        ulong address = offset | Index() << 12;
        return _isWide
            ? address | Index() << 21 | (Index() & 3) << 30 | ((processor.Efer & 0x400) != 0 ? Index() << 39 : 0)
            : address | Index() << 22;
    }

    private SegmentState Segment(ushort attributes)
    {
        ulong start = random.Below(8) switch { 0 => random.Under(0x10000) << 4, 1 => random.Number(), _ => 0 };
        return new SegmentState((ushort)(start >> 4), attributes, uint.MaxValue, start);
    }

    private ulong Index() => (ulong)random.Of<int>(s_indexes) & 0x1FF;

    private ulong Entry(int level)
    {
        ulong page = random.Below(8) == 0
            ? random.Of<ulong>(s_pages)
            : level == 0 || random.OneIn(8)
                ? random.Under((int)(FuzzMemory.DomainSize >> 12)) << 12
                : _tables[level - 1];
        ulong flags = random.Below(8) switch
        {
            0 => random.Next() & 0xFFF,
            1 => random.Next() & 0x8000_0000_0000_01FF,
            2 => Present | 0x80,
            _ => Present,
        };
        return random.OneIn(64) ? random.Next() : page | flags;
    }
}
