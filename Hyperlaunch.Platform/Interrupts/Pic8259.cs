namespace Hyperlaunch.Platform.Interrupts;

/// <summary>
/// One 8259A interrupt controller (Intel data sheet 231468-003) with the edge/level register that chipsets add. It answers in
/// 8086 mode whatever ICW4 says: an x86 processor cannot use the other one.
/// </summary>
internal sealed class Pic8259
{
    private const int NoLevel = -1;

    // ICW1
    private const byte Icw1NeedsIcw4 = 0x01;
    private const byte Icw1Single = 0x02;
    private const byte Icw1LevelTriggered = 0x08;
    private const byte Icw1Select = 0x10;

    // ICW2: the vector's upper five bits
    private const byte Icw2VectorMask = 0xF8;

    // ICW4
    private const byte Icw4AutoEoi = 0x02;
    private const byte Icw4SpeciallyNested = 0x10;

    // OCW2: rotate, specific, EOI
    private const int Ocw2CommandShift = 5;
    private const byte LevelMask = 0x07;

    // OCW3
    private const byte Ocw3Select = 0x08;
    private const byte Ocw3ReadInService = 0x01;
    private const byte Ocw3ReadRegister = 0x02;
    private const byte Ocw3Poll = 0x04;
    private const byte Ocw3SpecialMask = 0x20;
    private const byte Ocw3EnableSpecialMask = 0x40;

    private const byte PollInterrupt = 0x80;

    /// <summary>The level that answers when the request has gone before it is acknowledged ("default IR7").</summary>
    private const int SpuriousLevel = 7;

    private readonly byte _cascade;
    private readonly byte _levelCapable;

    private byte _lines;
    private byte _latch;
    private byte _inService;
    private byte _mask;
    private byte _edgeLevel;
    private byte _vectorBase;
    private int _lowest;
    private int _expectedIcw;
    private bool _needsIcw4;
    private bool _single;
    private bool _levelTriggered;
    private bool _autoEoi;
    private bool _rotateOnAutoEoi;
    private bool _speciallyNested;
    private bool _specialMask;
    private bool _readInService;
    private bool _poll;
    private bool _initialized;

    /// <summary>Makes a controller.</summary>
    /// <param name="cascade">The bit of the input that another controller drives; 0 for none.</param>
    /// <param name="levelCapable">Which inputs the edge/level register can make level-triggered.</param>
    public Pic8259(byte cascade, byte levelCapable)
    {
        _cascade = cascade;
        _levelCapable = levelCapable;
        Reset();
    }

    /// <summary>The edge/level register: a set bit makes the input level-triggered.</summary>
    public byte EdgeLevel
    {
        get => _edgeLevel;
        set => _edgeLevel = (byte)(value & _levelCapable);
    }

    /// <summary>The INT output.</summary>
    public bool Output => Pending() != NoLevel;

    /// <summary>The inputs that ask for service, masked or not (IRR).</summary>
    private byte Requests
    {
        get
        {
            int level = _levelTriggered ? 0xFF : _edgeLevel;
            return (byte)((_latch & ~level) | (_lines & level));
        }
    }

    /// <summary>The state after power-on: without initialization it interrupts nobody.</summary>
    public void Reset()
    {
        _lines = 0;
        _edgeLevel = 0;
        _vectorBase = 0;
        _initialized = false;
        _expectedIcw = 0;
        _levelTriggered = false;
        Initialize(0);
        _initialized = false;
        _expectedIcw = 0;
    }

    /// <summary>Raises or lowers an input. A request that was not acknowledged goes when its input does.</summary>
    public void SetLine(int line, bool asserted)
    {
        byte bit = (byte)(1 << line);
        if (!asserted)
        {
            _lines &= (byte)~bit;
            _latch &= (byte)~bit;
        }
        else if ((_lines & bit) == 0)
        {
            _lines |= bit;
            _latch |= bit;
        }
    }

    /// <summary>Whether an input can interrupt nobody.</summary>
    public bool IsMasked(int line) => !_initialized || (_mask & (1 << line)) != 0;

    /// <summary>Whether a rise of an input would be a new request that can interrupt somebody.</summary>
    public bool Hears(int line) => !IsMasked(line) && (Requests & (1 << line)) == 0;

    /// <summary>The processor acknowledges (both INTA pulses).</summary>
    /// <returns>The level now in service; 7 without one when no request was left.</returns>
    public int Acknowledge()
    {
        int level = Pending();
        if (level == NoLevel)
        {
            return SpuriousLevel;
        }

        byte bit = (byte)(1 << level);
        _latch &= (byte)~bit;
        if (!_autoEoi)
        {
            _inService |= bit;
        }
        else if (_rotateOnAutoEoi)
        {
            _lowest = level;
        }

        return level;
    }

    /// <summary>The vector of a level.</summary>
    public byte Vector(int level) => (byte)(_vectorBase | level);

    /// <summary>Reads the command port (<paramref name="isData"/> false) or the data port.</summary>
    public byte Read(bool isData)
    {
        if (_poll)
        {
            _poll = false;
            bool pending = Output;
            int level = Acknowledge();
            return pending ? (byte)(PollInterrupt | level) : (byte)0;
        }

        return isData ? _mask : _readInService ? _inService : Requests;
    }

    /// <summary>Writes the command port (<paramref name="isData"/> false) or the data port.</summary>
    public void Write(bool isData, byte value)
    {
        if (isData)
        {
            WriteData(value);
        }
        else if ((value & Icw1Select) != 0)
        {
            Initialize(value);
        }
        else if ((value & Ocw3Select) != 0)
        {
            WriteOcw3(value);
        }
        else
        {
            WriteOcw2(value);
        }
    }

    /// <summary>
    /// ICW1 resets the edge sense, the mask, the priorities and the special modes (data sheet, "Initialization").
    /// </summary>
    private void Initialize(byte icw1)
    {
        _latch = 0;
        _mask = 0;
        _inService = 0;
        _lowest = 7;
        _specialMask = false;
        _readInService = false;
        _poll = false;
        _rotateOnAutoEoi = false;
        _autoEoi = false;
        _speciallyNested = false;
        _initialized = false;
        _levelTriggered = (icw1 & Icw1LevelTriggered) != 0;
        _single = (icw1 & Icw1Single) != 0;
        _needsIcw4 = (icw1 & Icw1NeedsIcw4) != 0;
        _expectedIcw = 2;
    }

    private void WriteData(byte value)
    {
        switch (_expectedIcw)
        {
            case 2:
                _vectorBase = (byte)(value & Icw2VectorMask);
                ExpectAfter(_single ? 3 : 2);
                break;
            case 3:
                // How the two controllers are wired is fixed: ICW3 can only repeat it.
                ExpectAfter(3);
                break;
            case 4:
                _autoEoi = (value & Icw4AutoEoi) != 0;
                _speciallyNested = (value & Icw4SpeciallyNested) != 0;
                ExpectAfter(4);
                break;
            default:
                _mask = value;
                break;
        }
    }

    private void ExpectAfter(int icw)
    {
        int next = icw + 1;
        _expectedIcw = next == 3 || (next == 4 && _needsIcw4) ? next : 0;
        _initialized = _expectedIcw == 0;
    }

    private void WriteOcw2(byte value)
    {
        int level = value & LevelMask;
        switch (value >> Ocw2CommandShift)
        {
            case 0:
                _rotateOnAutoEoi = false;
                break;
            case 1:
                EndHighest();
                break;
            case 3:
                _inService &= (byte)~(1 << level);
                break;
            case 4:
                _rotateOnAutoEoi = true;
                break;
            case 5:
                int ended = EndHighest();
                _lowest = ended == NoLevel ? _lowest : ended;
                break;
            case 6:
                _lowest = level;
                break;
            case 7:
                _inService &= (byte)~(1 << level);
                _lowest = level;
                break;
            default:
                break;
        }
    }

    private void WriteOcw3(byte value)
    {
        if ((value & Ocw3EnableSpecialMask) != 0)
        {
            _specialMask = (value & Ocw3SpecialMask) != 0;
        }

        _poll = (value & Ocw3Poll) != 0;
        if ((value & Ocw3ReadRegister) != 0)
        {
            _readInService = (value & Ocw3ReadInService) != 0;
        }
    }

    /// <summary>
    /// Non-specific EOI; in special mask mode it leaves masked levels in service (data sheet, "Special Mask Mode").
    /// </summary>
    private int EndHighest()
    {
        int level = Highest(_specialMask ? _inService & ~_mask : _inService);
        if (level != NoLevel)
        {
            _inService &= (byte)~(1 << level);
        }

        return level;
    }

    private int Pending()
    {
        int requests = Requests & ~_mask;
        if (requests == 0 || !_initialized)
        {
            return NoLevel;
        }

        int level = Highest(requests);
        int serving = Highest(_specialMask ? _inService & ~_mask : _inService);
        if (serving == NoLevel || Priority(level) < Priority(serving))
        {
            return level;
        }

        // The specially nested master lets a second, higher request of the same slave through.
        return level == serving && _speciallyNested && _cascade == 1 << level ? level : NoLevel;
    }

    /// <summary>0 for the highest: the level after the lowest one.</summary>
    private int Priority(int level) => (level - _lowest - 1) & LevelMask;

    private int Highest(int levels)
    {
        for (int i = 1; i <= 8; i++)
        {
            int level = (_lowest + i) & LevelMask;
            if ((levels & (1 << level)) != 0)
            {
                return level;
            }
        }

        return NoLevel;
    }
}
