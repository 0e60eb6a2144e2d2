using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.Instructions;

/// <summary>Instructions of the processor that C# has no words for, one call each (AMD APM vol 3).</summary>
internal static unsafe class Processor
{
    /// <summary>RDMSR: a model-specific register. Faults when the processor lacks it.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "MsrRead")]
    public static extern ulong ReadMsr(uint register);

    /// <summary>WRMSR.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "MsrWrite")]
    public static extern void WriteMsr(uint register, ulong value);

    /// <summary>RDMSR of a register that the processor may lack.</summary>
    /// <returns>False when it does.</returns>
    public static bool TryReadMsr(uint register, out ulong value)
    {
        ulong read = 0;
        bool done = MsrTryRead(register, &read) == 0;
        value = read;
        return done;
    }

    /// <summary>WRMSR of a register that the processor may lack, or of a value that it may not take.</summary>
    /// <returns>False when it does not.</returns>
    public static bool TryWriteMsr(uint register, ulong value) => MsrTryWrite(register, value) == 0;

    /// <summary>VMXOFF; nothing where the CPU is not in VMX operation.</summary>
    public static void LeaveVmx() => VmxTryLeave();

    /// <summary>Where the handler of a fault goes on; 0 when the instruction is none of those that may fail.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RecoverFrom")]
    public static extern ulong RecoverFrom(ulong address);

    /// <summary>MFENCE and LFENCE: what comes after is done after everything before.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "FenceBeforeSignal")]
    public static extern void Fence();

    /// <summary>WBINVD: writes all caches back and invalidates them.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CachesWriteBack")]
    public static extern void WriteBackCaches();

    /// <summary>CPUID.</summary>
    /// <param name="leaf">EAX on entry.</param>
    /// <param name="subleaf">ECX on entry.</param>
    /// <param name="registers">Room for EAX, EBX, ECX and EDX in this order.</param>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CpuIdentify")]
    public static extern void Identify(uint leaf, uint subleaf, uint* registers);

    /// <summary>RDTSC: the time stamp counter.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TimeStampRead")]
    public static extern ulong ReadTimeStamp();

    /// <summary>Reads CR0.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlRead0")]
    public static extern ulong ReadCr0();

    /// <summary>Writes CR0.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlWrite0")]
    public static extern void WriteCr0(ulong value);

    /// <summary>Reads CR2, the address of the last page fault.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlRead2")]
    public static extern ulong ReadCr2();

    /// <summary>Reads CR3, the page tables' address.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlRead3")]
    public static extern ulong ReadCr3();

    /// <summary>Reads CR4.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlRead4")]
    public static extern ulong ReadCr4();

    /// <summary>Writes CR3, which also drops every non-global translation.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlWrite3")]
    public static extern void WriteCr3(ulong value);

    /// <summary>Writes CR4.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ControlWrite4")]
    public static extern void WriteCr4(ulong value);

    /// <summary>INVLPG: drops the translation of one page.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InvalidatePage")]
    public static extern void InvalidatePage(ulong address);

    /// <summary>The caller's preserved registers, stack pointer and address, as 17 words of Runtime.FrameRegisters.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CaptureRegisters")]
    public static extern void Capture(ulong* registers);

    /// <summary>PAUSE, for the body of a spinning loop.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CpuPause")]
    public static extern void Pause();

    /// <summary>CLI and HLT, for ever: the end of a panic.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CpuHaltForever")]
    public static extern void HaltForever();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "MsrTryRead")]
    private static extern uint MsrTryRead(uint register, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "MsrTryWrite")]
    private static extern uint MsrTryWrite(uint register, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxTryLeave")]
    private static extern uint VmxTryLeave();
}
