using System;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Kernel.Consoles;

/// <summary>
/// The machine's screen as a terminal that only prints: letters, line feeds, tabs and backspaces; escape sequences are left out.
/// What it shows is kept in cells, so that scrolling reads no video memory. One processor at a time; allocates nothing after
/// <see cref="Start"/>.
/// </summary>
internal abstract unsafe class Screen(int columns, int rows, int scrollRows)
{
    private const byte Escape = 0x1b;
    private const int TabWidth = 8;

    private readonly byte[] _cells = new byte[columns * rows];
    private int _column;
    private int _row;
    private EscapeState _escape;

    private enum EscapeState
    {
        None,
        Introduced,
        Parameters,
    }

    /// <summary>The screen in use; null until there is one.</summary>
    public static Screen? Current { get; private set; }

    /// <summary>Columns of text.</summary>
    protected int Columns { get; } = columns;

    /// <summary>
    /// Chooses the screen: the boot loader's framebuffer if it is one the kernel can draw on, else the VGA text screen.
    /// </summary>
    /// <param name="framebuffer">What the boot loader described, or null.</param>
    public static void Start(Framebuffer? framebuffer)
    {
        Current = framebuffer is { IsText: false } ? FramebufferScreen.TryOpen(framebuffer) : new TextScreen();
        Current?.Redraw(0);
    }

    /// <summary>Prints bytes.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            Write(value);
        }
    }

    /// <summary>Prints one byte.</summary>
    public void Write(byte value)
    {
        if (SkipEscape(value))
        {
            return;
        }

        switch (value)
        {
            case (byte)'\n':
                NextLine();
                break;
            case (byte)'\r':
                _column = 0;
                break;
            case (byte)'\b':
                _column = Math.Max(_column - 1, 0);
                break;
            case (byte)'\t':
                _column = Math.Min((_column / TabWidth * TabWidth) + TabWidth, Columns - 1);
                break;
            case >= (byte)' ':
                Put(value);
                break;
            default:
                break;
        }
    }

    /// <summary>Draws one cell.</summary>
    protected abstract void Draw(int column, int row, byte letter);

    private void Put(byte value)
    {
        if (_column == Columns)
        {
            _column = 0;
            NextLine();
        }

        _cells[(_row * Columns) + _column] = value;
        Draw(_column, _row, value);
        _column++;
    }

    // A line feed alone also returns: both the kernel's own lines and raw ones come through here.
    private void NextLine()
    {
        _column = 0;
        if (_row + 1 < rows)
        {
            _row++;
            return;
        }

        // Drawing is slow, so several lines scroll at once where the screen is made of pixels.
        int moved = scrollRows * Columns;
        Span<byte> cells = _cells;
        for (int i = 0; i < cells.Length; i++)
        {
            byte letter = i + moved < cells.Length ? cells[i + moved] : (byte)' ';
            if (letter != cells[i])
            {
                cells[i] = letter;
                Draw(i % Columns, i / Columns, letter);
            }
        }

        _row = rows - scrollRows;
    }

    private void Redraw(int from)
    {
        for (int i = from; i < _cells.Length; i++)
        {
            _cells[i] = (byte)' ';
            Draw(i % Columns, i / Columns, (byte)' ');
        }
    }

    // ECMA-48: ESC, or ESC [ parameters and a final byte from 0x40 to 0x7e.
    private bool SkipEscape(byte value)
    {
        switch (_escape)
        {
            case EscapeState.Introduced:
                _escape = value == (byte)'[' ? EscapeState.Parameters : EscapeState.None;
                return true;
            case EscapeState.Parameters:
                _escape = value is >= 0x40 and <= 0x7e ? EscapeState.None : EscapeState.Parameters;
                return true;
            default:
                _escape = value == Escape ? EscapeState.Introduced : EscapeState.None;
                return value == Escape;
        }
    }
}
