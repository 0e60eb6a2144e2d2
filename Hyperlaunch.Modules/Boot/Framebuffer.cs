namespace Hyperlaunch.Modules.Boot;

/// <summary>A linear screen that the boot loader set up (Multiboot2 Specification 2.0, section 3.6.12).</summary>
public sealed class Framebuffer
{
    /// <summary>Makes the description of a screen.</summary>
    public Framebuffer(ulong address, uint pitch, uint width, uint height, byte bitsPerPixel, bool isText)
    {
        Address = address;
        Pitch = pitch;
        Width = width;
        Height = height;
        BitsPerPixel = bitsPerPixel;
        IsText = isText;
    }

    /// <summary>Physical address of the first pixel, or of the first cell of a text screen.</summary>
    public ulong Address { get; }

    /// <summary>Bytes from one line to the next.</summary>
    public uint Pitch { get; }

    /// <summary>Width in pixels, or in cells of a text screen.</summary>
    public uint Width { get; }

    /// <summary>Height in pixels, or in cells of a text screen.</summary>
    public uint Height { get; }

    /// <summary>Bits of one pixel, or 16 for a cell of a text screen.</summary>
    public byte BitsPerPixel { get; }

    /// <summary>Whether it is an EGA text screen and not pixels.</summary>
    public bool IsText { get; }
}
