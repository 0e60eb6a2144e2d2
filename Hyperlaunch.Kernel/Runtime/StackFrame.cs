using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// System.Runtime.StackFrameIterator: CoreLib reads the fields at these offsets and leaves the rest to the runtime.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 360)]
internal unsafe struct StackFrame
{
    /// <summary>The innermost dispatch that a walk has not yet passed.</summary>
    [FieldOffset(0)]
    public ExceptionInfo* NextException;

    /// <summary>What identifies a method's frame: the same for the method and for its funclets.</summary>
    [FieldOffset(16)]
    public ulong FramePointer;

    /// <summary>An address inside the instruction that is under way.</summary>
    [FieldOffset(24)]
    public ulong ControlPc;

    /// <summary>The frame's registers.</summary>
    [FieldOffset(32)]
    public FrameRegisters Registers;

    /// <summary>The address that the frame continues at.</summary>
    [FieldOffset(344)]
    public ulong OriginalControlPc;
}
