using System;
using System.Buffers.Binary;
using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The smallest guest: 64 KiB of memory with the programs of <c>guest_programs.S</c>, and tables for each mode.
/// </summary>
internal sealed unsafe class GuestMachine
{
    /// <summary>Guest address of a page that nothing else uses.</summary>
    public const ulong SparePage = 0xB000;

    /// <summary>Guest address of the stack that <see cref="SetDebugStack"/> gives.</summary>
    public const ulong InterruptStack = 0xA800;

    /// <summary>Another one.</summary>
    public const ulong OtherPage = 0xD000;

    /// <summary>Guest address that has no memory.</summary>
    public const ulong Beyond = 0x20000;

    // Exits that come from outside at any time, such as the host's timer; a test that meets more is stuck.
    private const int Patience = 10_000;

    private const int Pages = 16;
    private const ulong Gdt = 0x800;
    private const ulong TaskState = 0x900;
    private const ulong Programs = 0x1000;
    private const ulong Stack = 0x6000;
    private const ulong Idt = 0x6000;
    private const ulong Level4 = 0x7000;
    private const ulong Level3 = 0x8000;
    private const ulong Level2 = 0x9000;

    private const ushort Code32 = 0x08;
    private const ushort Data32 = 0x10;
    private const ushort Code64 = 0x18;
    private const ushort GdtLimit = 0x1F;
    private const ushort IdtLimit = 0xFFF;

    // Flat descriptors (AMD APM vol 2, 4.7 and 4.8), whole and as the attributes that the processor keeps of them.
    private const ulong Code32Descriptor = 0x00CF_9B00_0000_FFFF;
    private const ulong Data32Descriptor = 0x00CF_9300_0000_FFFF;
    private const ulong Code64Descriptor = 0x00AF_9B00_0000_FFFF;
    private const ushort Code32Attributes = 0xC9B;
    private const ushort Data32Attributes = 0xC93;
    private const ushort Code64Attributes = 0xA9B;
    private const ushort RealCodeAttributes = 0x9B;
    private const ushort RealDataAttributes = 0x93;

    // An interrupt gate of 64-bit mode: present, type 14 (AMD APM vol 2, 4.8.4).
    private const ulong InterruptGate = 0x8E00UL << 32;

    // AMD APM vol 2, 3.1.
    private const ulong Cr0Protection = 1 << 0;
    private const ulong Cr0ExtensionType = 1 << 4;
    private const ulong Cr0Paging = 1UL << 31;
    private const ulong Cr4PhysicalAddressExtension = 1 << 5;
    private const ulong Cr4Fxsr = 1 << 9;
    private const ulong Cr4Exceptions = 1 << 10;
    private const ulong EferLongMode = 1 << 8;

    private readonly IVirtualization _virtualization;
    private readonly ulong* _table;
    private readonly ulong* _leaves;

    /// <summary>Makes the guest's memory and its nested page tables.</summary>
    public GuestMachine(IVirtualization virtualization)
    {
        _virtualization = virtualization;
        _table = GetGuestPrograms();
        Memory = Take(Pages);
        ulong* root = (ulong*)Take(1);
        ulong* level3 = (ulong*)Take(1);
        ulong* level2 = (ulong*)Take(1);
        _leaves = (ulong*)Take(1);
        NestedRoot = (ulong)root;
        PageTableFormat format = virtualization.NestedPages;
        root[0] = (ulong)level3 | format.Table;
        level3[0] = (ulong)level2 | format.Table;
        level2[0] = (ulong)_leaves | format.Table;
        for (ulong page = 0; page < Pages; page++)
        {
            MapPage(page * PageSizes.Page);
        }
    }

    /// <summary>The guest's memory from its address 0 on.</summary>
    public byte* Memory { get; }

    /// <summary>Physical address of the nested page tables.</summary>
    public ulong NestedRoot { get; }

    /// <summary>Makes a processor of this guest.</summary>
    public IVirtualProcessor CreateProcessor()
        => _virtualization.CreateProcessor(NestedRoot) ?? throw new InvalidOperationException("no memory for a guest processor");

    /// <summary>Lets the guest have the page at its address.</summary>
    public void MapPage(ulong address) => MapPageTo(address, address);

    /// <summary>Lets the guest find at one address what it has at another.</summary>
    public void MapPageTo(ulong address, ulong other) => SetPage(address, other, PageRights.All);

    /// <summary>Lets the guest read and execute the page at its address.</summary>
    public void MapPageReadOnly(ulong address) => SetPage(address, address, PageRights.Execute);

    /// <summary>Takes the page at the guest's address away.</summary>
    public void UnmapPage(ulong address) => _leaves[address / PageSizes.Page] = 0;

    /// <summary>Guest address of a program or handler.</summary>
    public ulong Address(GuestProgram program) => _table[2 + (int)program];

    /// <summary>Prepares a processor to start a program in real mode.</summary>
    public void StartRealMode(IVirtualProcessor processor, GuestProgram program)
    {
        Load(processor);
        processor.SetSegment(SegmentRegister.Cs, new SegmentState(0, RealCodeAttributes, 0xFFFF, 0));
        SetDataSegments(processor, new SegmentState(0, RealDataAttributes, 0xFFFF, 0));
        processor.Rip = Address(program);
    }

    /// <summary>Prepares a processor to start a program in protected mode without paging.</summary>
    public void StartProtectedMode(IVirtualProcessor processor, GuestProgram program)
    {
        Load(processor);
        processor.Cr0 = Cr0Protection | Cr0ExtensionType;
        processor.SetSegment(SegmentRegister.Cs, new SegmentState(Code32, Code32Attributes, uint.MaxValue, 0));
        SetDataSegments(processor, new SegmentState(Data32, Data32Attributes, uint.MaxValue, 0));
        processor.SetSegment(SegmentRegister.Gdtr, new SegmentState(0, 0, GdtLimit, Gdt));
        processor.Rip = Address(program);
    }

    /// <summary>Prepares a processor to start a program in 64-bit mode with interrupts off.</summary>
    public void StartLongMode(IVirtualProcessor processor, GuestProgram program, ulong cr4 = 0)
    {
        Load(processor);
        processor.Cr3 = Level4;
        processor.Cr4 = Cr4PhysicalAddressExtension | Cr4Fxsr | Cr4Exceptions | cr4;
        processor.Cr0 = Cr0Protection | Cr0ExtensionType | Cr0Paging;
        processor.Efer = EferLongMode;
        processor.SetSegment(SegmentRegister.Cs, new SegmentState(Code64, Code64Attributes, uint.MaxValue, 0));
        SetDataSegments(processor, new SegmentState(Data32, Data32Attributes, uint.MaxValue, 0));
        processor.SetSegment(SegmentRegister.Gdtr, new SegmentState(0, 0, GdtLimit, Gdt));
        processor.SetSegment(SegmentRegister.Idtr, new SegmentState(0, 0, IdtLimit, Idt));
        processor.Rip = Address(program);
    }

    /// <summary>Gives #DB a handler with a stack of its own. After a start in 64-bit mode.</summary>
    public void SetDebugStack(IVirtualProcessor processor, GuestProgram handler)
    {
        const byte VectorDebug = 1;
        const ulong FirstStack = 36;
        const ulong StackIndexOfGate = 1UL << 32;
        const ushort TaskAttributes = 0x8B;
        const uint TaskLimit = 0x67;
        SetHandler(VectorDebug, handler);
        *(ulong*)(Memory + Idt + (VectorDebug * 16)) |= StackIndexOfGate;
        Write(TaskState + FirstStack, InterruptStack);
        processor.SetSegment(SegmentRegister.Tr, new SegmentState(0, TaskAttributes, TaskLimit, TaskState));
    }

    /// <summary>
    /// Puts a processor to privilege level 3 in protected mode, where alignment is checked and #AC comes to the same program.
    /// </summary>
    public void StartAlignmentCheck(IVirtualProcessor processor, GuestProgram program)
    {
        const ulong VectorAlignment = 17;
        const ulong UserGate = 0xEE00UL << 32;
        const ulong AlignmentMask = 1 << 18;
        const ushort Privilege = 3;
        const ushort UserAttributes = Privilege << 5;
        const ulong UserDescriptor = (ulong)UserAttributes << 40;
        const ushort UserCode = 0x20 | Privilege;
        const ushort UserData = 0x28 | Privilege;
        StartProtectedMode(processor, program);
        Write(Gdt + (UserCode & ~7u), Code32Descriptor | UserDescriptor);
        Write(Gdt + (UserData & ~7u), Data32Descriptor | UserDescriptor);
        ulong address = Address(program);
        Write(Idt + (VectorAlignment * 8), (address & 0xFFFF) | ((ulong)UserCode << 16) | UserGate | (address >> 16 << 48));
        processor.SetSegment(SegmentRegister.Gdtr, new SegmentState(0, 0, 0x2F, Gdt));
        processor.SetSegment(SegmentRegister.Idtr, new SegmentState(0, 0, IdtLimit, Idt));
        processor.SetSegment(
            SegmentRegister.Cs, new SegmentState(UserCode, Code32Attributes | UserAttributes, uint.MaxValue, 0));
        SetDataSegments(processor, new SegmentState(UserData, Data32Attributes | UserAttributes, uint.MaxValue, 0));
        processor.Cr0 |= AlignmentMask;
        processor.Rflags |= AlignmentMask;
    }

    /// <summary>Puts code of the caller's between the programs and the stack; after a start, which clears the memory.</summary>
    public void LoadCode(ulong address, ReadOnlySpan<byte> code)
        => code.CopyTo(new Span<byte>(Memory + Programs, (int)(Stack - Programs))[(int)(address - Programs)..]);

    /// <summary>Gives a vector a handler.</summary>
    public void SetHandler(byte vector, GuestProgram handler) => SetHandler(vector, Address(handler));

    /// <summary>Gives a vector a handler at an address of the guest's.</summary>
    public void SetHandler(byte vector, ulong address)
    {
        ulong* gate = (ulong*)(Memory + Idt) + (vector * 2);
        gate[0] = (address & 0xFFFF) | ((ulong)Code64 << 16) | InterruptGate | ((address >> 16 & 0xFFFF) << 48);
        gate[1] = 0;
    }

    /// <summary>Writes eight bytes into the guest's memory.</summary>
    public void Write(ulong address, ulong value)
        => BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(Memory, (int)(Pages * PageSizes.Page))[(int)address..], value);

    /// <summary>Reads eight bytes of the guest's memory.</summary>
    public ulong Read(ulong address)
        => BinaryPrimitives.ReadUInt64LittleEndian(new Span<byte>(Memory, (int)(Pages * PageSizes.Page))[(int)address..]);

    /// <summary>
    /// Runs a guest to an exit of its own. The machine's interrupts are taken, also at an exception that goes back to the guest,
    /// and a MOV to or from a control register that the processor did not tell in full is executed.
    /// </summary>
    public void Run(IVirtualProcessor processor, ref VmExit exit)
    {
        for (int i = 0; i < Patience; i++)
        {
            processor.Enter(ref exit);
            switch (exit.Reason)
            {
                case ExitReason.ExternalInterrupt:
                case ExitReason.NonMaskableInterrupt:
                case ExitReason.TimeSlice:
                case ExitReason.Reinjected:
                    InterruptTable.OpenInterruptWindow();
                    break;
                case ExitReason.ControlRegister when TryMoveControl(processor):
                    break;
                default:
                    return;
            }
        }
    }

    // The programs' own encodings: 0F 20 or 0F 22, perhaps behind a REX prefix, and a register of the first eight.
    private bool TryMoveControl(IVirtualProcessor processor)
    {
        const byte RexMask = 0xF0;
        const byte Rex = 0x40;
        const ulong Length = 3;
        ulong rip = processor.Rip;
        ulong prefix = (Memory[rip] & RexMask) == Rex ? 1u : 0u;
        return processor.TryMoveControl((GuestRegister)(Memory[rip + prefix + 2] & 7), rip + prefix + Length);
    }

    private static void SetDataSegments(IVirtualProcessor processor, SegmentState state)
    {
        processor.SetSegment(SegmentRegister.Ss, state);
        processor.SetSegment(SegmentRegister.Ds, state);
        processor.SetSegment(SegmentRegister.Es, state);
        processor.SetSegment(SegmentRegister.Fs, state);
        processor.SetSegment(SegmentRegister.Gs, state);
    }

    private static byte* Take(int pages)
    {
        byte* memory = HostPages.Allocate(pages);
        return memory is not null ? memory : throw new InvalidOperationException("no memory for a guest");
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetGuestPrograms")]
    private static extern ulong* GetGuestPrograms();

    // The programs fit between their address and the stack's page: SetHandler and the tables lie behind it.
    private void Load(IVirtualProcessor processor)
    {
        const ulong PresentWritable = 3;
        const ulong PresentWritableLarge = 0x83;
        new Span<byte>(Memory, (int)(Pages * PageSizes.Page)).Clear();
        int length = (int)(_table[1] - _table[0]);
        new ReadOnlySpan<byte>((byte*)_table[0], length).CopyTo(new Span<byte>(Memory + Programs, (int)(Stack - Programs)));
        ulong* gdt = (ulong*)(Memory + Gdt);
        gdt[Code32 / 8] = Code32Descriptor;
        gdt[Data32 / 8] = Data32Descriptor;
        gdt[Code64 / 8] = Code64Descriptor;
        *(ulong*)(Memory + Level4) = Level3 | PresentWritable;
        *(ulong*)(Memory + Level3) = Level2 | PresentWritable;
        *(ulong*)(Memory + Level2) = PresentWritableLarge;
        processor.Reset();
        processor.SetRegister(GuestRegister.Rsp, Stack);
    }

    private void SetPage(ulong address, ulong other, PageRights rights)
        => _leaves[address / PageSizes.Page] = ((ulong)Memory + other) | _virtualization.NestedPages.BitsOf(rights);
}
