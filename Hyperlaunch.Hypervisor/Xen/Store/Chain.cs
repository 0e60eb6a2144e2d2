namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>Bytes in a <see cref="BlockPool"/>; none without a block.</summary>
internal readonly struct Chain
{
    /// <summary>Names bytes of a pool.</summary>
    public Chain(int head, int length)
    {
        Head = head;
        Length = length;
    }

    /// <summary>The first block; meaningless without bytes.</summary>
    public int Head { get; }

    /// <summary>How many bytes.</summary>
    public int Length { get; }
}
