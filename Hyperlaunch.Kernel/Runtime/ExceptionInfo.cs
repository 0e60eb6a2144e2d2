using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>System.Runtime.EH.ExInfo: one exception on its way, on the stack of its processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 400)]
internal unsafe struct ExceptionInfo
{
    /// <summary>Bit of <see cref="Kind"/>: another exception has left the handler of this one.</summary>
    public const byte Superseded = 8;

    /// <summary>The dispatch in whose handler this exception was thrown.</summary>
    [FieldOffset(0)]
    public ExceptionInfo* Previous;

    /// <summary>What sort of exception, with flags: System.Runtime.EH.ExKind.</summary>
    [FieldOffset(24)]
    public byte Kind;

    /// <summary>The clause whose handler runs.</summary>
    [FieldOffset(28)]
    public uint CurrentClause;

    /// <summary>The frame whose handler runs.</summary>
    [FieldOffset(32)]
    public StackFrame Frame;
}
