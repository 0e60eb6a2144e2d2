using System.Runtime.InteropServices;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>A segment register in the control block (AMD APM vol 2, appendix B, table B-2; attributes: 15.5.1).</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct VmcbSegment
{
    /// <summary>The selector.</summary>
    public ushort Selector;

    /// <summary>Twelve bits of the descriptor.</summary>
    public ushort Attributes;

    /// <summary>The limit in bytes.</summary>
    public uint Limit;

    /// <summary>The base address.</summary>
    public ulong Base;
}
