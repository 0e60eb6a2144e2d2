using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// Exceptions of the processor: what C# defines as an exception becomes one, in the code that caused it; instructions that may
/// fail say so; an NMI is noted; everything else is a panic.
/// </summary>
internal static unsafe class FaultHandler
{
    private const ulong DivideError = 0;
    private const ulong InvalidOpcode = 6;
    private const ulong GeneralProtection = 13;
    private const ulong Nmi = 2;
    private const ulong PageFault = 14;
    private const ulong DoubleFault = 8;

    // System.Runtime.EH.HwExceptionCode.
    private const uint NullReference = 0;
    private const uint NullReferenceInAssembly = 0x42;
    private const uint IntegerDivideByZero = 0xc0000094;

    [RuntimeExport("KernelFault")]
    private static void Handle(FaultFrame* frame)
    {
        if (frame->Vector == Nmi && Panic.IsUnderWay)
        {
            Processor.HaltForever();
        }

        if (frame->Vector == Nmi && NmiHandler.TryTake())
        {
            return;
        }

        if (frame->Vector is InvalidOpcode or GeneralProtection && Processor.RecoverFrom(frame->Rip) is ulong next and not 0)
        {
            frame->Rip = next;
            return;
        }

        ImageLayout* image = ImageLayout.Current;
        ulong address = Processor.ReadCr2();

        // Page 0 is not mapped: a fault there is a null reference.
        bool isNull = frame->Vector == PageFault && address < PageSizes.Page;
        ThrowContext context = new()
        {
            Ip = frame->Rip,
            Sp = frame->Rsp,
            Rbp = frame->Rbp,
            Rbx = frame->Rbx,
            R12 = frame->R12,
            R13 = frame->R13,
            R14 = frame->R14,
            R15 = frame->R15,
        };
        if (isNull && frame->Rip >= image->LeafStart && frame->Rip < image->LeafEnd)
        {
            // Sound: code between these bounds pushes nothing, so the stack pointer is at its return address.
            context.Ip = *(ulong*)frame->Rsp;
            context.Sp = frame->Rsp + sizeof(ulong);
            if (image->IsManaged(context.Ip))
            {
                Throw(NullReferenceInAssembly, &context, frame->Rsp);
            }
        }

        if (image->IsManaged(frame->Rip))
        {
            if (isNull)
            {
                Throw(NullReference, &context, frame->Rsp);
            }

            if (frame->Vector == DivideError)
            {
                Throw(IntegerDivideByZero, &context, frame->Rsp);
            }
        }

        Panic.Stop(frame, frame->Vector is PageFault or DoubleFault ? address : 0);
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "throw_from_fault")]
    private static extern void Throw(uint code, ThrowContext* context, ulong stackPointer);
}
