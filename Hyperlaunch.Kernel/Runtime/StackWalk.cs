using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Kernel.Faults;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// Walks the frames of compiled C# for CoreLib's exception handling. A walk that leaves a catch or finally funclet does not go on
/// through the dispatch that called the funclet: it continues at the frame that the funclet belongs to, behind the clause that
/// was at work, and the dispatch that it left is superseded.
/// </summary>
internal static unsafe class StackWalk
{
    private const uint NoClause = uint.MaxValue;

    [RuntimeExport("RhpSfiInit")]
    private static bool Start(StackFrame* frame, ThrowContext* context, bool isFault, bool* isIntercepted)
    {
        if (isIntercepted != null)
        {
            *isIntercepted = false;
        }

        *frame = default;
        if (context == null)
        {
            return false;
        }

        ExceptionInfo* innermost = InnermostException();
        frame->NextException = innermost != null ? innermost->Previous : null;
        ref FrameRegisters registers = ref frame->Registers;
        registers[FrameRegisters.Rip] = context->Ip;
        registers[FrameRegisters.Rsp] = context->Sp;
        registers[FrameRegisters.Rbp] = context->Rbp;
        registers[FrameRegisters.Rbx] = context->Rbx;
        registers[FrameRegisters.R12] = context->R12;
        registers[FrameRegisters.R12 + 1] = context->R13;
        registers[FrameRegisters.R12 + 2] = context->R14;
        registers[FrameRegisters.R12 + 3] = context->R15;
        return Enter(frame, isFault);
    }

    [RuntimeExport("RhpSfiNext")]
    private static bool Next(StackFrame* frame, uint* collidedClause, bool* leftManagedCode, bool* isIntercepted)
    {
        uint clause = NoClause;
        bool left = false;
        bool found = false;
        if (FrameDescription.TryFind(frame->ControlPc, out FrameDescription code) && code.MethodInfo != null)
        {
            if (CompiledMethod.Read(code) is { IsEntryFromNative: true, IsFunclet: false })
            {
                left = true;
            }
            else
            {
                code.Unwind(frame->ControlPc, ref frame->Registers);
                found = IsFuncletReturn(frame->Registers[FrameRegisters.Rip])
                    ? Collide(frame, out clause)
                    : LeaveAssembly(ref frame->Registers) && Enter(frame, isFault: false);
            }
        }

        if (collidedClause != null)
        {
            *collidedClause = clause;
        }

        if (leftManagedCode != null)
        {
            *leftManagedCode = left;
        }

        if (isIntercepted != null)
        {
            *isIntercepted = false;
        }

        return found;
    }

    // Steps over frames of assembly, which have unwind rules and no method description.
    private static bool LeaveAssembly(ref FrameRegisters registers)
    {
        while (!ImageLayout.Current->IsManaged(registers[FrameRegisters.Rip]))
        {
            ulong address = registers[FrameRegisters.Rip] - 1;
            if (!FrameDescription.TryFind(address, out FrameDescription code))
            {
                return false;
            }

            code.Unwind(address, ref registers);
        }

        return true;
    }

    private static bool Collide(StackFrame* frame, out uint clause)
    {
        ExceptionInfo* exception = frame->NextException;
        if (exception == null)
        {
            Panic.Stop("a handler runs and no exception is on its way"u8);
        }

        clause = exception->CurrentClause;
        exception->Kind |= ExceptionInfo.Superseded;
        *frame = exception->Frame;
        frame->NextException = exception->Previous;
        return true;
    }

    private static bool IsFuncletReturn(ulong address)
    {
        ImageLayout* image = ImageLayout.Current;
        return address == image->CatchFuncletReturn || address == image->FinallyFuncletReturn;
    }

    // Fills what CoreLib reads of a frame whose registers are known.
    private static bool Enter(StackFrame* frame, bool isFault)
    {
        ulong ip = frame->Registers[FrameRegisters.Rip];
        // A return address may be the first byte of the next clause or method: the call is before it.
        ulong controlPc = isFault ? ip : ip - 1;
        if (!FrameDescription.TryFind(controlPc, out FrameDescription code) || code.MethodInfo == null)
        {
            return false;
        }

        CompiledMethod method = CompiledMethod.Read(code);
        frame->OriginalControlPc = ip;
        frame->ControlPc = controlPc;
        // Methods with clauses keep their frame in RBP, and their funclets run with the same RBP.
        frame->FramePointer = frame->Registers[method.Clauses != null ? FrameRegisters.Rbp : FrameRegisters.Rsp];
        return true;
    }

    [RuntimeExport("RhFindMethodStartAddress")]
    private static ulong FindMethodStart(ulong address) =>
        FrameDescription.TryFind(address, out FrameDescription code) && code.MethodInfo != null
            ? CompiledMethod.Read(code).MethodStart
            : 0;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InnermostExInfo")]
    private static extern ExceptionInfo* InnermostException();
}
