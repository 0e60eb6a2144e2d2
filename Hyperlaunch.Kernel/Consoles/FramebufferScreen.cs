using System;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Kernel.Consoles;

/// <summary>
/// A screen of pixels, 24 or 32 bits each, in linear memory: letters are drawn 8 by 16 from <see cref="Font"/>.
/// </summary>
internal sealed unsafe class FramebufferScreen : Screen
{
    private const int BitsPerByte = 8;
    private const int SmallestPixel = 3;
    private const int LargestPixel = 4;
    private const int LargestSide = 16384;

    // The same in every order of the colours.
    private const ulong LightGrey = 0xb0;
    private const int RowPatterns = 1 << Font.Width;

    private readonly byte* _memory;
    private readonly uint _pitch;
    private readonly int _bytesPerPixel;

    // The memory of each possible row of eight dots: as many words as a pixel has bytes.
    private readonly ulong[] _patterns;

    private FramebufferScreen(Framebuffer framebuffer, int columns, int rows)
        : base(columns, rows, scrollRows: Math.Max(rows / 2, 1))
    {
        _memory = (byte*)framebuffer.Address;
        _pitch = framebuffer.Pitch;
        _bytesPerPixel = framebuffer.BitsPerPixel / BitsPerByte;
        _patterns = new ulong[RowPatterns * _bytesPerPixel];
        for (int i = 0; i < RowPatterns * _bytesPerPixel * sizeof(ulong); i++)
        {
            int dots = i / (_bytesPerPixel * sizeof(ulong));
            int dot = i % (_bytesPerPixel * sizeof(ulong)) / _bytesPerPixel;
            bool isSet = (dots << dot & (RowPatterns >> 1)) != 0;
            _patterns[i / sizeof(ulong)] |= isSet ? LightGrey << (i % sizeof(ulong) * BitsPerByte) : 0;
        }
    }

    /// <summary>Opens the screen that the boot loader described; null when it is of another kind or cannot be reached.</summary>
    public static FramebufferScreen? TryOpen(Framebuffer framebuffer)
    {
        bool usable = framebuffer.BitsPerPixel is SmallestPixel * BitsPerByte or LargestPixel * BitsPerByte
            && framebuffer.Width is >= Font.Width and <= LargestSide
            && framebuffer.Height is >= Font.Height and <= LargestSide
            && framebuffer.Pitch >= framebuffer.Width * framebuffer.BitsPerPixel / BitsPerByte
            && HostMemory.TryMapScreen(framebuffer.Address, (ulong)framebuffer.Pitch * framebuffer.Height);
        return usable
            ? new FramebufferScreen(framebuffer, (int)framebuffer.Width / Font.Width, (int)framebuffer.Height / Font.Height)
            : null;
    }

    /// <inheritdoc/>
    protected override void Draw(int column, int row, byte letter)
    {
        // Sound: Screen draws inside its cells only, and TryOpen has checked that all cells lie inside the mapped memory.
        byte* line = _memory + ((ulong)row * Font.Height * _pitch) + ((ulong)column * Font.Width * (ulong)_bytesPerPixel);
        for (int y = 0; y < Font.Height; y++)
        {
            int pattern = Font.Row(letter, y) * _bytesPerPixel;
            for (int i = 0; i < _bytesPerPixel; i++)
            {
                ((ulong*)line)[i] = _patterns[pattern + i];
            }

            line += _pitch;
        }
    }
}
