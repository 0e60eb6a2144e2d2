namespace Hyperlaunch.Machine.X86;

/// <summary>A segment register with the part of its descriptor that the processor keeps.</summary>
public struct SegmentState
{
    /// <summary>Makes a segment.</summary>
    public SegmentState(ushort selector, ushort attributes, uint limit, ulong address)
    {
        Selector = selector;
        Attributes = attributes;
        Limit = limit;
        Base = address;
    }

    /// <summary>The selector.</summary>
    public ushort Selector;

    /// <summary>
    /// Twelve bits: the descriptor's bits 40-47 (type, S, DPL, P) in 7:0, its bits 52-55 (AVL, L, D, G) in 11:8
    /// (AMD APM volume 2, section 15.5.1; the form that the PVH and VMCB documents share).
    /// </summary>
    public ushort Attributes;

    /// <summary>The limit in bytes.</summary>
    public uint Limit;

    /// <summary>The base address.</summary>
    public ulong Base;
}
