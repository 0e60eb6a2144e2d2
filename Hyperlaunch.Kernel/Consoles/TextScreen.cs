namespace Hyperlaunch.Kernel.Consoles;

/// <summary>The VGA's text screen of 80 by 25 cells: a letter and its colours each (IBM VGA, mode 3).</summary>
internal sealed unsafe class TextScreen : Screen
{
    private const int Width = 80;
    private const int Height = 25;
    private const ulong VideoMemory = 0xb8000;
    private const ushort LightGreyOnBlack = 0x07 << 8;

    /// <summary>Takes the screen that firmware or the boot loader left in text mode.</summary>
    public TextScreen()
        : base(Width, Height, scrollRows: 1)
    {
    }

    /// <inheritdoc/>
    protected override void Draw(int column, int row, byte letter)
    {
        // Sound: Screen draws inside its cells only, and the adapter's window holds 16384 of them.
        ((ushort*)VideoMemory)[(row * Width) + column] = (ushort)(LightGreyOnBlack | letter);
    }
}
