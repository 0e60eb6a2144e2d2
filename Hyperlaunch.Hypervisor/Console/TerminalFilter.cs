namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// Keeps a domain inside its own line of the console: escape sequences and control characters are dropped, a backspace goes no
/// further than the domain's own text. So no domain can forge a line of the hypervisor's or of another domain.
/// </summary>
internal struct TerminalFilter
{
    private const byte Escape = 0x1B;
    private const byte Delete = 0x7F;

    private State _state;
    private uint _column;

    private enum State : byte
    {
        Text,
        AfterEscape,

        // ECMA-48, section 5.4: parameters and intermediates 0x20-0x3F, then one final byte 0x40-0x7E.
        ControlSequence,
    }

    /// <summary>A new line begins.</summary>
    public void StartLine() => _column = 0;

    /// <summary>Whether <paramref name="value"/> (not a line end) may be shown.</summary>
    public bool Passes(byte value)
    {
        switch (_state)
        {
            case State.AfterEscape:
                _state = value == (byte)'[' ? State.ControlSequence : State.Text;
                return false;
            case State.ControlSequence:
                if (value >= 0x40)
                {
                    _state = State.Text;
                }

                return false;
            default:
                return PassesAsText(value);
        }
    }

    private bool PassesAsText(byte value)
    {
        switch (value)
        {
            case Escape:
                _state = State.AfterEscape;
                return false;
            case (byte)'\b':
                if (_column == 0)
                {
                    return false;
                }

                _column--;
                return true;
            case (byte)'\t':
                _column++;
                return true;
            default:
                if (value < 0x20 || value == Delete || (value >= 0x80 && value < 0xA0))
                {
                    return false;
                }

                _column++;
                return true;
        }
    }
}
