using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// The end of the machine's life, readable: what happened, where, with which registers. Allocates nothing, takes no lock, and
/// waits for the line. It works before CoreLib does: then string literals and references in static fields do not exist yet.
/// </summary>
internal static unsafe class Panic
{
    private const int MaximumFrames = 40;
    private const ulong StackAlignment = 8;
    private const ulong PageFault = 14;

    // Page fault error code (AMD APM vol 2, 8.4.2).
    private const ulong InstructionFetch = 1 << 4;

    // The processor that panics, plus 1; 0 while all is well.
    private static int s_owner;

    private static HostLocalApic? s_apic;

    /// <summary>Whether a processor has panicked.</summary>
    public static bool IsUnderWay => Volatile.Read(ref s_owner) != 0;

    /// <summary>Says how the other processors can be reached.</summary>
    public static void UseToStopOthers(HostLocalApic apic) => s_apic = apic;

    /// <summary>Prints the reason and the stack, and halts.</summary>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> reason)
    {
        Begin();
        DirectConsole.Write(reason);
        EndHere();
    }

    /// <summary>Prints the reason, a number in hexadecimal behind it, and the stack, and halts.</summary>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> reason, ulong number)
    {
        Begin();
        DirectConsole.Write(reason);
        DirectConsole.Write(" 0x"u8);
        DirectConsole.WriteHex(number, 1);
        EndHere();
    }

    /// <summary>Prints which runtime service was asked for in vain, and halts.</summary>
    /// <param name="name">Zero-terminated.</param>
    [DoesNotReturn]
    public static void StopUnsupported(byte* name)
    {
        Begin();
        DirectConsole.Write("the kernel has no runtime service "u8);
        DirectConsole.Write(new ReadOnlySpan<byte>(name, LengthOf(name)));
        EndHere();
    }

    /// <summary>Prints an exception that nothing catches, and halts.</summary>
#pragma warning disable CS8500 // The address of a reference: no collector moves what it refers to.
    [DoesNotReturn]
    public static void StopUnhandled(Exception exception)
    {
        Begin();
        DirectConsole.Write("unhandled "u8);
        // Sound: a reference is the address of an object, which begins with its method table.
        SymbolTable.WriteType(**(ulong**)&exception);
        DirectConsole.Write(": "u8);
        DirectConsole.Write(exception.Message);
        EndHere();
    }
#pragma warning restore CS8500

    /// <summary>Prints an exception of the processor with its registers and the stack, and halts.</summary>
    /// <param name="frame">The registers.</param>
    /// <param name="address">The address that a page fault is about.</param>
    [DoesNotReturn]
    public static void Stop(FaultFrame* frame, ulong address)
    {
        Begin();
        DirectConsole.Write(ExceptionNames.Of(frame->Vector));
        if (CpuArea.IsGuard(address))
        {
            DirectConsole.Write(": the stack is used up"u8);
        }

        WriteProcessor();
        MachineCheckReport.Write();
        DirectConsole.Write("(HV)  "u8);
        Write(" error="u8, frame->ErrorCode);
        Write(" address="u8, address);
        DirectConsole.Write("\n(HV)  "u8);
        Write(" rip="u8, frame->Rip);
        Write(" rflags="u8, frame->Rflags);
        Write(" cr3="u8, Processor.ReadCr3());
        DirectConsole.Write("\n(HV)  "u8);
        Write(" rax="u8, frame->Rax);
        Write(" rbx="u8, frame->Rbx);
        Write(" rcx="u8, frame->Rcx);
        Write(" rdx="u8, frame->Rdx);
        DirectConsole.Write("\n(HV)  "u8);
        Write(" rsi="u8, frame->Rsi);
        Write(" rdi="u8, frame->Rdi);
        Write(" rbp="u8, frame->Rbp);
        Write(" rsp="u8, frame->Rsp);
        DirectConsole.Write("\n(HV)  "u8);
        Write(" r8= "u8, frame->R8);
        Write(" r9= "u8, frame->R9);
        Write(" r10="u8, frame->R10);
        Write(" r11="u8, frame->R11);
        DirectConsole.Write("\n(HV)  "u8);
        Write(" r12="u8, frame->R12);
        Write(" r13="u8, frame->R13);
        Write(" r14="u8, frame->R14);
        Write(" r15="u8, frame->R15);
        DirectConsole.Write("\n"u8);

        FrameRegisters registers = default;
        registers[FrameRegisters.Rip] = frame->Rip;
        registers[FrameRegisters.Rsp] = frame->Rsp;
        registers[FrameRegisters.Rbp] = frame->Rbp;
        registers[FrameRegisters.Rbx] = frame->Rbx;
        registers[FrameRegisters.R12] = frame->R12;
        registers[FrameRegisters.R12 + 1] = frame->R13;
        registers[FrameRegisters.R12 + 2] = frame->R14;
        registers[FrameRegisters.R12 + 3] = frame->R15;
        if (frame->Vector == PageFault && (frame->ErrorCode & InstructionFetch) != 0)
        {
            // A call of something that is no code: its caller is on the stack, which is mapped, or this would be a double fault.
            registers[FrameRegisters.Rip] = *(ulong*)frame->Rsp;
            registers[FrameRegisters.Rsp] = frame->Rsp + sizeof(ulong);
        }

        WriteStack(ref registers);
        Processor.HaltForever();
    }

    [DoesNotReturn]
    private static void EndHere()
    {
        WriteProcessor();
        MachineCheckReport.Write();
        FrameRegisters registers = default;
        Processor.Capture((ulong*)&registers);
        WriteStack(ref registers);
        Processor.HaltForever();
    }

    private static void WriteProcessor()
    {
        DirectConsole.Write("\n(HV)   cpu=0x"u8);
        DirectConsole.WriteHex((ulong)CurrentCpu.Index, 1);
        DirectConsole.Write(" image=0x"u8);
        DirectConsole.WriteHex(ImageLayout.Current->TextStart, 1);
        int domain = CurrentCpu.Domain;
        if (domain >= 0)
        {
            DirectConsole.Write(" domain=0x"u8);
            DirectConsole.WriteHex((ulong)domain, 1);
        }

        DirectConsole.Write("\n"u8);
    }

    // One processor panics; the others halt, and so does this one when reporting fails.
    private static void Begin()
    {
        int self = CurrentCpu.Index + 1;
        int owner = Interlocked.CompareExchange(ref s_owner, self, 0);
        if (owner == self)
        {
            DirectConsole.Write("\n(HV) panic: and a second one while reporting it\n"u8);
        }

        if (owner != 0)
        {
            Processor.HaltForever();
        }

        if (TypeManager.IsStarted)
        {
            s_apic?.SendNmiToOthers();
        }

        DirectConsole.Write("\n(HV) panic: "u8);
    }

    private static void WriteStack(ref FrameRegisters registers)
    {
        bool isReturn = false;
        for (int i = 0; i < MaximumFrames; i++)
        {
            ulong address = registers[FrameRegisters.Rip];
            if (address == 0)
            {
                return;
            }

            DirectConsole.Write("(HV)   at 0x"u8);
            DirectConsole.WriteHex(address, 1);
            SymbolTable.WriteCode(address);
            DirectConsole.Write("\n"u8);
            ulong inside = isReturn ? address - 1 : address;
            ulong stackPointer = registers[FrameRegisters.Rsp];
            if (!FrameDescription.TryFind(inside, out FrameDescription code) || stackPointer % StackAlignment != 0)
            {
                return;
            }

            code.Unwind(inside, ref registers);
            isReturn = true;
        }
    }

    private static void Write(ReadOnlySpan<byte> label, ulong value)
    {
        DirectConsole.Write(label);
        DirectConsole.WriteHex(value);
    }

    private static int LengthOf(byte* text)
    {
        int length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }
}
