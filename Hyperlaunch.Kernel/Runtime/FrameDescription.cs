using System.Runtime.InteropServices;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The description of one piece of code in <c>.eh_frame</c>: its range, its rules for unwinding, and for compiled C# where the
/// description of the method lies (Linux Standard Base 5.0, 10.6; DWARF 4, 6.4). The linker made the tables: they are trusted.
/// </summary>
internal unsafe struct FrameDescription
{
    // DW_EH_PE_pcrel | DW_EH_PE_sdata4: the only encoding that ilc and the assembler use for code and data addresses.
    private const byte RelativeInt32 = 0x1b;

    // .eh_frame_hdr: version, three encodings, then the frame section's address, the count and the table (10.6.2).
    private const int TableCountOffset = 8;
    private const int TableOffset = 12;

    /// <summary>First byte of the code.</summary>
    public ulong Start;

    /// <summary>First byte after it.</summary>
    public ulong End;

    /// <summary>ilc's description of the method, or null for assembly.</summary>
    public byte* MethodInfo;

    private byte* _common;
    private byte* _commonEnd;
    private byte* _own;
    private byte* _ownEnd;
    private ulong _codeAlignment;
    private long _dataAlignment;

    /// <summary>Finds the description of the code at an address.</summary>
    /// <returns>False when none covers the address.</returns>
    public static bool TryFind(ulong address, out FrameDescription description)
    {
        description = default;
        byte* table = ImageLayout.Current->FrameTable;
        TableEntry* entries = (TableEntry*)(table + TableOffset);
        int low = 0;
        int high = *(int*)(table + TableCountOffset) - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if ((ulong)(table + entries[middle].Start) <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        if (high < 0)
        {
            return false;
        }

        description.Read(table + entries[high].Description);
        return address >= description.Start && address < description.End;
    }

    /// <summary>Replaces a frame's registers by those of its caller.</summary>
    /// <param name="address">Address within this description's range up to which the code has run.</param>
    /// <param name="registers">The frame's registers, then its caller's.</param>
    public readonly void Unwind(ulong address, ref FrameRegisters registers)
    {
        UnwindRules rules = default;
        rules.Run(_common, _commonEnd, ulong.MaxValue, _codeAlignment, _dataAlignment);
        rules.Run(_own, _ownEnd, address - Start, _codeAlignment, _dataAlignment);
        rules.Apply(ref registers);
    }

    private void Read(byte* entry)
    {
        uint length = *(uint*)entry;
        byte* cursor = entry + 4;
        byte* common = cursor - *(int*)cursor;
        _ownEnd = cursor + length;
        cursor += 4;
        Start = (ulong)(cursor + *(int*)cursor);
        End = Start + *(uint*)(cursor + 4);
        cursor += 8;

        bool hasMethodInfo = ReadCommon(common);
        ulong augmentationLength = Leb128.ReadUnsigned(ref cursor);
        if (hasMethodInfo && *(int*)cursor != 0)
        {
            MethodInfo = cursor + *(int*)cursor;
        }

        _own = cursor + augmentationLength;
    }

    // The common entry: length, a zero, version, augmentation string, alignments, return address register, augmentation data.
    private bool ReadCommon(byte* entry)
    {
        byte* cursor = entry + 4;
        _commonEnd = cursor + *(uint*)entry;
        cursor += 5;
        byte* augmentation = cursor;
        while (*cursor++ != 0)
        {
        }

        _codeAlignment = Leb128.ReadUnsigned(ref cursor);
        _dataAlignment = Leb128.ReadSigned(ref cursor);
        Leb128.ReadUnsigned(ref cursor);
        ulong augmentationLength = Leb128.ReadUnsigned(ref cursor);
        _common = cursor + augmentationLength;

        bool hasMethodInfo = false;
        for (byte* letter = augmentation + 1; *letter != 0; letter++)
        {
            if (*cursor++ != RelativeInt32)
            {
                Panic.Stop("the unwind tables use an encoding that the kernel does not read"u8);
            }

            hasMethodInfo |= *letter == (byte)'L';
        }

        return hasMethodInfo;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TableEntry
    {
        public readonly int Start;
        public readonly int Description;
    }
}
