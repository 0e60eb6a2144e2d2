namespace Hyperlaunch.Domains.Platform;

/// <summary>The two cascaded 8259A of a PC with their edge/level registers: 16 lines, of which line 2 is the cascade.</summary>
public sealed class InterruptControllerPair : IPortDevice
{
    private const byte CascadeBit = 1 << PlatformLayout.CascadeLine;

    // The timer, the keyboard, the cascade, the RTC and the coprocessor are always edge-triggered (ICH data sheets, ELCR1, ELCR2).
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
    public void Reset()
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
    public uint ReadPort(ushort port, int size)
    {
        byte value;
        switch (port)
        {
            case PlatformLayout.FirstPicPort:
            case PlatformLayout.FirstPicPort + 1:
                value = _first.Read(port != PlatformLayout.FirstPicPort);
                break;
            case PlatformLayout.SecondPicPort:
            case PlatformLayout.SecondPicPort + 1:
                value = _second.Read(port != PlatformLayout.SecondPicPort);
                break;
            case PlatformLayout.EdgeLevelPort:
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
    public void WritePort(ushort port, int size, uint value)
    {
        switch (port)
        {
            case PlatformLayout.FirstPicPort:
            case PlatformLayout.FirstPicPort + 1:
                _first.Write(port != PlatformLayout.FirstPicPort, (byte)value);
                break;
            case PlatformLayout.SecondPicPort:
            case PlatformLayout.SecondPicPort + 1:
                _second.Write(port != PlatformLayout.SecondPicPort, (byte)value);
                break;
            case PlatformLayout.EdgeLevelPort:
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
