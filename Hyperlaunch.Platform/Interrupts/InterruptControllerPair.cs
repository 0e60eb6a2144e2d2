using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <summary>The two cascaded 8259A of a PC with their edge/level registers: 16 lines, of which line 2 is the cascade.</summary>
public sealed class InterruptControllerPair : VirtualDevice, IPortDevice
{
    // Offsets: command and data of each controller, then the two edge/level registers
    internal const int FirstOffset = 0;
    internal const int SecondOffset = 2;
    internal const int EdgeLevelOffset = 4;

    private const int DataRegister = 1;
    private const byte CascadeBit = 1 << PlatformLayout.CascadeLine;

    // The timer, the keyboard, the cascade, the RTC and the coprocessor are always edge-triggered (ICH data sheets, ELCR1,
    // ELCR2).
    private const byte FirstLevelCapable = 0xF8;
    private const byte SecondLevelCapable = 0xDE;

    private readonly Pic8259 _first = new(CascadeBit, FirstLevelCapable);
    private readonly Pic8259 _second = new(0, SecondLevelCapable);
    private readonly IInterruptOutput _output;

    /// <summary>Makes the pair.</summary>
    /// <param name="output">Is told when INT rises or falls.</param>
    public InterruptControllerPair(IInterruptOutput output)
    {
        _output = output;
    }

    /// <summary>INT: a processor that takes external interrupts has one to acknowledge.</summary>
    public bool HasInterrupt { get; private set; }

    /// <summary>The state after power-on, all lines low.</summary>
    public override void Reset()
    {
        _first.Reset();
        _second.Reset();
        Update();
    }

    /// <summary>Raises or lowers a line, 0 to 15 but not 2.</summary>
    public void SetLine(int line, bool asserted)
    {
        if (line < 8)
        {
            _first.SetLine(line, asserted);
        }
        else
        {
            _second.SetLine(line - 8, asserted);
        }

        Update();
    }

    /// <summary>Whether a rise of a line would do anything: it is not masked, and not requested already.</summary>
    internal bool Hears(int line)
        => line < 8 ? _first.Hears(line) : _second.Hears(line - 8) && !_first.IsMasked(PlatformLayout.CascadeLine);

    /// <summary>A processor acknowledges the interrupt.</summary>
    /// <returns>Its vector; that of line 7 or 15 when the request has gone meanwhile (spurious).</returns>
    public byte Acknowledge()
    {
        int level = _first.Acknowledge();
        byte vector = _first.Vector(level);
        if (level == PlatformLayout.CascadeLine)
        {
            vector = _second.Vector(_second.Acknowledge());

            // INT of the second falls with its acknowledgement; what is still pending there is a new edge for the first.
            _first.SetLine(PlatformLayout.CascadeLine, false);
        }

        Update();
        return vector;
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        byte value;
        switch (offset)
        {
            case FirstOffset:
            case FirstOffset + DataRegister:
                value = _first.Read(offset != FirstOffset);
                break;
            case SecondOffset:
            case SecondOffset + DataRegister:
                value = _second.Read(offset != SecondOffset);
                break;
            case EdgeLevelOffset:
                value = _first.EdgeLevel;
                break;
            default:
                value = _second.EdgeLevel;
                break;
        }

        // A poll is an acknowledgement.
        Update();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        switch (offset)
        {
            case FirstOffset:
            case FirstOffset + DataRegister:
                _first.Write(offset != FirstOffset, (byte)value);
                break;
            case SecondOffset:
            case SecondOffset + DataRegister:
                _second.Write(offset != SecondOffset, (byte)value);
                break;
            case EdgeLevelOffset:
                _first.EdgeLevel = (byte)value;
                break;
            default:
                _second.EdgeLevel = (byte)value;
                break;
        }

        Update();
    }

    private void Update()
    {
        _first.SetLine(PlatformLayout.CascadeLine, _second.Output);
        bool output = _first.Output;
        if (output != HasInterrupt)
        {
            HasInterrupt = output;
            _output.SetExternalInterrupt(output);
        }
    }
}
