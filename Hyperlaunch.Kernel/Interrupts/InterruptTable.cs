using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.Interrupts;

/// <summary>
/// The interrupt descriptor table, one for all processors, and the interrupts that its stubs in <c>interrupts.S</c> count.
/// Vectors 0x20 to 0x2f are the 8259s', all masked unless a domain has the machine's devices, 0xff is the local APIC's spurious
/// one; 0x30 to 0xfe are acknowledged at the local APIC. No interrupt enters C#: with interrupts off, whoever waits opens a
/// window and then looks at what was counted.
/// </summary>
internal static unsafe class InterruptTable
{
    /// <summary>The local APIC's spurious vector.</summary>
    public const byte SpuriousVector = 0xff;

    private const int Vectors = 256;
    private const int StubSize = 16;
    private const byte DoubleFault = 8;
    private const byte Nmi = 2;
    private const byte MachineCheck = 18;

    // Present, DPL 0, 64-bit interrupt gate (AMD APM vol 2, 4.8.4).
    private const byte InterruptGate = 0x8e;

    // 8259A data sheet: ICW1 edge-triggered, cascaded, ICW4 follows; ICW4 8086 mode; slave at IR2.
    private const ushort MasterCommand = 0x20;
    private const ushort MasterData = 0x21;
    private const ushort SlaveCommand = 0xa0;
    private const ushort SlaveData = 0xa1;
    private const byte Initialize = 0x11;
    private const byte Mode8086 = 1;
    private const byte MasterVectors = 0x20;
    private const byte SlaveVectors = 0x28;
    private const byte MasterCascade = 1 << 2;
    private const byte SlaveCascade = 2;
    private const byte MaskAll = 0xff;

    private static Gates s_gates;

    /// <summary>What LIDT loads.</summary>
    public static CpuArea.TablePointer Pointer => new()
    {
        Limit = (ushort)(sizeof(Gates) - 1),
        Base = (ulong)FirstGate,
    };

    /// <summary>How often this processor's interrupts came, 256 counters by vector.</summary>
    public static ulong* Counts => GetInterruptCounts();

    // What is static lies in the image and never moves.
    private static Gate* FirstGate
    {
        get
        {
            fixed (Gates* gates = &s_gates)
            {
                return (Gate*)gates;
            }
        }
    }

    /// <summary>Fills the table, and moves the 8259s' vectors off the exceptions' and masks them.</summary>
    public static void Build()
    {
        Gate* gates = FirstGate;
        ulong stub = GetInterruptStubs();
        for (int vector = 0; vector < Vectors; vector++)
        {
            gates[vector] = new Gate
            {
                Offset0 = (ushort)stub,
                Selector = CpuArea.CodeSegment,
                Stack = StackFor(vector),
                Type = InterruptGate,
                Offset16 = (ushort)(stub >> 16),
                Offset32 = (uint)(stub >> 32),
            };
            stub += StubSize;
        }

        Ports.Write8(MasterCommand, Initialize);
        Ports.Write8(SlaveCommand, Initialize);
        Ports.Write8(MasterData, MasterVectors);
        Ports.Write8(SlaveData, SlaveVectors);
        Ports.Write8(MasterData, MasterCascade);
        Ports.Write8(SlaveData, SlaveCascade);
        Ports.Write8(MasterData, Mode8086);
        Ports.Write8(SlaveData, Mode8086);
        Ports.Write8(MasterData, MaskAll);
        Ports.Write8(SlaveData, MaskAll);
    }

    /// <summary>Where the stubs acknowledge interrupts: the local APIC's registers, or 0 when it is in x2APIC mode.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SetLocalApic")]
    public static extern void SetLocalApic(ulong registers);

    /// <summary>
    /// Takes the lines of the 8259s that have interrupted since the last call, a bit each. On the boot CPU, with interrupts off.
    /// </summary>
    public static uint TakeLines()
    {
        // Sound: the word is the stubs' own, and no stub runs on this CPU meanwhile; no other CPU is interrupted by the 8259s.
        uint* lines = GetInterruptLines();
        uint taken = Volatile.Read(ref *lines);
        if (taken != 0)
        {
            *lines = 0;
        }

        return taken;
    }

    /// <summary>Halts until an interrupt has been counted, and returns with interrupts off (STI, HLT, CLI).</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "IdleUntilInterrupt")]
    public static extern void IdleUntilInterrupt();

    /// <summary>Lets the interrupts that wait be counted, and returns with interrupts off (STI, NOP, CLI).</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "OpenInterruptWindow")]
    public static extern void OpenInterruptWindow();

    // Faults that may come with a broken stack pointer get a stack of their own: CpuArea fills the entries.
    private static byte StackFor(int vector) => vector switch
    {
        DoubleFault => 1,
        Nmi => 2,
        MachineCheck => 3,
        _ => 0,
    };

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetInterruptStubs")]
    private static extern ulong GetInterruptStubs();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetInterruptCounts")]
    private static extern ulong* GetInterruptCounts();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetInterruptLines")]
    private static extern uint* GetInterruptLines();

    [StructLayout(LayoutKind.Sequential)]
    private struct Gate
    {
        public ushort Offset0;
        public ushort Selector;
        public byte Stack;
        public byte Type;
        public ushort Offset16;
        public uint Offset32;
        public uint Reserved;
    }

    private struct Gates
    {
        public fixed byte Bytes[Vectors * 16];
    }
}
