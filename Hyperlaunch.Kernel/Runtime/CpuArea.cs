using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The memory that belongs to one processor: its stacks, each above a page that stays unmapped, its thread-local block, its
/// descriptor table and task state. The image holds the first processor's area; the others' come from the page allocator.
/// </summary>
internal static unsafe class CpuArea
{
    /// <summary>Bytes of an area, a multiple of the page size; an area begins at a page.</summary>
    public const ulong Size = 0x1c000;

    /// <summary>Where the ordinary stack ends (its first push goes below).</summary>
    public const ulong StackEnd = 0x11000;

    /// <summary>Where the thread-local block ends: what FS base points to.</summary>
    public const ulong TlsEnd = 0x1b000;

    /// <summary>Number of pages in an area that stay unmapped.</summary>
    public const int GuardCount = 4;

    // AMD APM vol 2, appendix A.
    private const uint FsBase = 0xc0000100;

    private const ulong DoubleFaultStackEnd = 0x14000;
    private const ulong NmiStackEnd = 0x17000;
    private const ulong MachineCheckStackEnd = 0x1a000;
    private const ulong TlsStart = MachineCheckStackEnd;
    private const ulong GdtOffset = TlsEnd + 0x40;
    private const ulong TssOffset = GdtOffset + 0x40;

    // AMD APM vol 2, 4.8: a long-mode code segment, a data segment, and the type of an available 64-bit task state segment.
    private const ulong CodeDescriptor = 0x00209a0000000000;
    private const ulong DataDescriptor = 0x0000920000000000;
    private const ulong TaskDescriptor = 0x0000890000000000;
    private const ushort CodeSelector = 0x08;
    private const ushort DataSelector = 0x10;
    private const ushort TaskSelector = 0x18;
    private const int GdtEntries = 5;

    /// <summary>Selector of the code segment.</summary>
    public static ushort CodeSegment => CodeSelector;

    /// <summary>Selector of the data segment.</summary>
    public static ushort DataSegment => DataSelector;

    /// <summary>Selector of the task state segment.</summary>
    public static ushort TaskSegment => TaskSelector;

    /// <summary>Address of this processor's descriptor table.</summary>
    public static ulong DescriptorTable => Processor.ReadMsr(FsBase) - TlsEnd + GdtOffset;

    /// <summary>Address of this processor's task state.</summary>
    public static ulong TaskStateAddress => Processor.ReadMsr(FsBase) - TlsEnd + TssOffset;

    /// <summary>The address of a page in an area that stays unmapped: below each stack.</summary>
    /// <param name="area">The area.</param>
    /// <param name="index">0 to <see cref="GuardCount"/> - 1.</param>
    public static ulong Guard(byte* area, int index) => (ulong)area + index switch
    {
        0 => 0,
        1 => StackEnd,
        2 => DoubleFaultStackEnd,
        _ => NmiStackEnd,
    };

    /// <summary>Whether an address lies in a page that this processor's area leaves unmapped.</summary>
    public static bool IsGuard(ulong address)
    {
        byte* area = (byte*)(Processor.ReadMsr(FsBase) - TlsEnd);
        for (int i = 0; i < GuardCount; i++)
        {
            if (address - Guard(area, i) < PageSizes.Page)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Fills an area's thread-local block for a processor that has not started.</summary>
    public static void PrepareThreadLocals(byte* area)
    {
        ImageLayout* image = ImageLayout.Current;
        byte* end = area + TlsEnd;
        // Sound: Check has made sure that the block fits between TlsStart and TlsEnd.
        Runtime.Memory.Fill(end - image->TlsSize, 0, image->TlsSize);
        Runtime.Memory.Move(end - image->TlsSize, image->TlsTemplate, (ulong)(image->TlsTemplateEnd - image->TlsTemplate));
        *(ulong*)end = (ulong)end;
    }

    /// <summary>Builds this processor's descriptor table and task state and loads them, with the interrupt table.</summary>
    public static void Load(byte* area)
    {
        TaskState* task = (TaskState*)(area + TssOffset);
        *task = default;
        task->Ist1 = (ulong)area + DoubleFaultStackEnd;
        task->Ist2 = (ulong)area + NmiStackEnd;
        task->Ist3 = (ulong)area + MachineCheckStackEnd;
        task->IoMapOffset = (ushort)sizeof(TaskState);

        ulong* gdt = (ulong*)(area + GdtOffset);
        ulong address = (ulong)task;
        gdt[0] = 0;
        gdt[1] = CodeDescriptor;
        gdt[2] = DataDescriptor;
        gdt[3] = TaskDescriptor | ((ulong)sizeof(TaskState) - 1) | ((address & 0xffffff) << 16) | ((address >> 24 & 0xff) << 56);
        gdt[4] = address >> 32;

        TablePointer gdtr = new() { Limit = (GdtEntries * sizeof(ulong)) - 1, Base = (ulong)gdt };
        TablePointer idtr = InterruptTable.Pointer;
        LoadDescriptorTables(&gdtr, &idtr, CodeSelector, DataSelector, TaskSelector);
    }

    /// <summary>Stops with a panic when assembly and this class disagree, or the thread-local block outgrows its place.</summary>
    public static void Check()
    {
        if (Processor.ReadMsr(FsBase) != (ulong)ImageLayout.Current->BootCpuArea + TlsEnd)
        {
            Panic.Stop("CpuArea.cs and constants.inc disagree about a processor's area"u8);
        }

        if (ImageLayout.Current->TlsSize > TlsEnd - TlsStart)
        {
            Panic.Stop("the thread-local block outgrew its place in a processor's area"u8);
        }
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [System.Runtime.RuntimeImport("*", "LoadDescriptorTables")]
    private static extern void LoadDescriptorTables(TablePointer* gdtr, TablePointer* idtr, ulong code, ulong data, ulong task);

    /// <summary>What LGDT and LIDT read.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    internal struct TablePointer
    {
        /// <summary>Bytes of the table, less one.</summary>
        public ushort Limit;

        /// <summary>The table's address.</summary>
        public ulong Base;
    }

    // The 64-bit task state segment (AMD APM vol 2, 12.2.5).
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct TaskState
    {
        public uint Reserved0;
        public ulong Rsp0, Rsp1, Rsp2;
        public ulong Reserved1;
        public ulong Ist1, Ist2, Ist3, Ist4, Ist5, Ist6, Ist7;
        public ulong Reserved2;
        public ushort Reserved3;
        public ushort IoMapOffset;
    }
}
