namespace Hyperlaunch.Dtb;

/// <summary>Memory that the blob reserves: Devicetree Specification v0.4, 5.3.</summary>
public readonly struct Reservation
{
    internal Reservation(ulong address, ulong size)
    {
        Address = address;
        Size = size;
    }

    /// <summary>Physical address, in bytes.</summary>
    public ulong Address { get; }

    /// <summary>Size in bytes. Address and size are as the blob states them: their sum may wrap.</summary>
    public ulong Size { get; }
}
