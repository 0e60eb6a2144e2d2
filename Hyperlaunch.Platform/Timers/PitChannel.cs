namespace Hyperlaunch.Platform.Timers;

/// <summary>
/// One channel of the 8254. All times are ticks of its clock. Nothing happens between accesses: count and output are computed
/// from the tick at which the count was loaded. A count written, or a gate that opens, takes effect with the next tick.
/// </summary>
internal sealed class PitChannel
{
    // Modes (data sheet, "Mode Definitions")
    private const int TerminalCount = 0;
    private const int OneShot = 1;
    private const int RateGenerator = 2;
    private const int SquareWave = 3;
    private const int SoftwareStrobe = 4;
    private const int HardwareStrobe = 5;

    // Control word, and the same bits in the status
    private const int ControlAccessShift = 4;
    private const int ControlModeShift = 1;
    private const int ControlBcd = 0x01;
    private const int StatusOutput = 0x80;
    private const int StatusNullCount = 0x40;

    // Read/write access
    private const int AccessLatch = 0;
    private const int AccessLow = 1;
    private const int AccessHigh = 2;
    private const int AccessBoth = 3;

    private const uint BinaryModulus = 0x10000;
    private const uint BcdModulus = 10000;

    private int _control;
    private int _mode;
    private int _access;
    private bool _bcd;
    private bool _gate;

    // Writing and reading by bytes
    private bool _writeHigh;
    private bool _readHigh;
    private byte _writtenLow;
    private ushort _latchedCount;
    private bool _isCountLatched;
    private byte _latchedStatus;
    private bool _isStatusLatched;

    // The count register, and the count that is in the counting element since _origin
    private uint _register;
    private bool _isRegisterFull;
    private bool _isRegisterTaken;
    private uint _count;
    private bool _isCounting;
    private ulong _origin;
    private ulong _stoppedAt;
    private bool _isStopped;
    private bool _outputBefore;

    // A new count that a running periodic mode takes at _switchAt
    private bool _isSwitching;
    private ulong _switchAt;
    private bool _switchesToLow;

    private uint Modulus => _bcd ? BcdModulus : BinaryModulus;

    private bool IsPeriodic => _mode is RateGenerator or SquareWave;

    private bool IsTriggered => _mode is OneShot or HardwareStrobe;

    /// <summary>Ticks of the output's high part in a square wave.</summary>
    private static ulong HighPart(uint count) => (count + 1) >> 1;

    /// <summary>Nothing is programmed: the data sheet leaves everything undefined here.</summary>
    public void Reset(bool gate)
    {
        WriteControl(AccessBoth << ControlAccessShift, 0);
        _gate = gate;
        _register = 0;
        _count = 0;
        _origin = 0;
        _latchedCount = 0;
    }

    /// <summary>A control word for this channel, or the counter latch command.</summary>
    public void WriteControl(byte value, ulong now)
    {
        int access = (value >> ControlAccessShift) & AccessBoth;
        if (access == AccessLatch)
        {
            LatchCount(now);
            return;
        }

        _control = value & 0x3F;
        _access = access;
        _bcd = (value & ControlBcd) != 0;

        // Modes 6 and 7 are 2 and 3.
        int mode = (value >> ControlModeShift) & 7;
        _mode = mode > HardwareStrobe ? mode & 3 : mode;
        _writeHigh = false;
        _readHigh = false;
        _isCountLatched = false;
        _isStatusLatched = false;
        _isRegisterFull = false;
        _isRegisterTaken = false;
        _isCounting = false;
        _isStopped = false;
        _isSwitching = false;
    }

    /// <summary>One byte of a new count.</summary>
    public void Write(byte value, ulong now)
    {
        Settle(now);
        switch (_access)
        {
            case AccessLow:
                LoadRegister(value, now);
                break;
            case AccessHigh:
                LoadRegister((uint)value << 8, now);
                break;
            case AccessBoth when !_writeHigh:
                _writtenLow = value;
                _writeHigh = true;
                if (_mode == TerminalCount)
                {
                    // The first byte stops the count and lowers the output.
                    _isCounting = false;
                }

                break;
            default:
                _writeHigh = false;
                LoadRegister(((uint)value << 8) | _writtenLow, now);
                break;
        }
    }

    /// <summary>Reads the latched status, the latched count, or the count as it is.</summary>
    public byte Read(ulong now)
    {
        if (_isStatusLatched)
        {
            _isStatusLatched = false;
            return _latchedStatus;
        }

        ushort count = _isCountLatched ? _latchedCount : Count(now);
        bool high = _access == AccessHigh || (_access == AccessBoth && _readHigh);
        if (_access == AccessBoth)
        {
            _readHigh = !_readHigh;
        }

        // A latched count of two bytes is held until both are read.
        _isCountLatched &= _access == AccessBoth && _readHigh;
        return (byte)(high ? count >> 8 : count);
    }

    /// <summary>Latches the count; a second command before the first is read changes nothing.</summary>
    public void LatchCount(ulong now)
    {
        if (!_isCountLatched)
        {
            _latchedCount = Count(now);
            _isCountLatched = true;
        }
    }

    /// <summary>Latches the status; a second command before the first is read changes nothing.</summary>
    public void LatchStatus(ulong now)
    {
        Settle(now);
        if (!_isStatusLatched)
        {
            bool isNull = !_isRegisterTaken || !IsLoaded(now);
            _latchedStatus = (byte)(_control | (Output(now) ? StatusOutput : 0) | (isNull ? StatusNullCount : 0));
            _isStatusLatched = true;
        }
    }

    /// <summary>Opens or closes the gate.</summary>
    public void SetGate(bool open, ulong now)
    {
        if (open == _gate)
        {
            return;
        }

        Settle(now);
        _gate = open;
        if (!open)
        {
            if (!IsTriggered && _isCounting)
            {
                _stoppedAt = Elapsed(now);
                _isStopped = true;
            }
        }
        else if (IsPeriodic || IsTriggered)
        {
            if (_isRegisterFull)
            {
                Start(now);
            }
        }
        else if (_isStopped)
        {
            _isStopped = false;
            _origin = now - _stoppedAt;
        }
    }

    /// <summary>The output.</summary>
    public bool Output(ulong now)
    {
        Settle(now);
        if (!_isCounting)
        {
            return _mode != TerminalCount;
        }

        if (!IsLoaded(now))
        {
            return _outputBefore;
        }

        ulong elapsed = Elapsed(now);
        switch (_mode)
        {
            case TerminalCount:
            case OneShot:
                return elapsed >= _count;
            case RateGenerator:
                return _isStopped || elapsed % _count != _count - 1;
            case SquareWave:
                return _isStopped || elapsed % _count < HighPart(_count);
            default:
                return elapsed != _count;
        }
    }

    /// <summary>The first tick after a given one at which the output rises; <see cref="ulong.MaxValue"/> for none.</summary>
    public ulong NextRise(ulong now)
    {
        Settle(now);
        if (!_isCounting || _isStopped)
        {
            return ulong.MaxValue;
        }

        ulong elapsed = IsLoaded(now) ? now - _origin : 0;
        switch (_mode)
        {
            case TerminalCount:
            case OneShot:
                return elapsed < _count ? _origin + _count : ulong.MaxValue;
            case SoftwareStrobe:
            case HardwareStrobe:
                return elapsed <= _count ? _origin + _count + 1 : ulong.MaxValue;
            default:
                if (_isSwitching)
                {
                    return _switchesToLow ? _switchAt + (_register - HighPart(_register)) : _switchAt;
                }

                return _origin + (((elapsed / _count) + 1) * _count);
        }
    }

    private static uint FromBcd(uint value) =>
        (value & 0xF) + (((value >> 4) & 0xF) * 10) + (((value >> 8) & 0xF) * 100) + (((value >> 12) & 0xF) * 1000);

    private static uint ToBcd(uint value) =>
        (value % 10) | (value / 10 % 10 << 4) | (value / 100 % 10 << 8) | (value / 1000 % 10 << 12);

    /// <summary>The tick that loads the count has come.</summary>
    private bool IsLoaded(ulong now) => _isStopped || (long)(now - _origin) >= 0;

    private ulong Elapsed(ulong now) => _isStopped ? _stoppedAt : IsLoaded(now) ? now - _origin : 0;

    /// <summary>A count is complete. 0 is the largest one.</summary>
    private void LoadRegister(uint value, ulong now)
    {
        uint count = _bcd ? FromBcd(value) : value;
        _register = count == 0 ? Modulus : count;
        _isRegisterFull = true;
        _isRegisterTaken = false;
        if (IsTriggered)
        {
            return;
        }

        if (!IsPeriodic || !_isCounting)
        {
            Start(now);
            if (!_gate)
            {
                _isStopped = true;
                _stoppedAt = 0;
            }
        }
        else if (!_isSwitching && !_isStopped)
        {
            PlanSwitch(now);
        }
    }

    private void Start(ulong now)
    {
        _outputBefore = _mode != TerminalCount && Output(now);
        _count = _register;
        _isRegisterTaken = true;
        _origin = now + 1;
        _isCounting = true;
        _isStopped = false;
        _isSwitching = false;
    }

    /// <summary>Rate generator: at the end of the period. Square wave: at the end of the half period.</summary>
    private void PlanSwitch(ulong now)
    {
        if (!IsLoaded(now))
        {
            Start(now);
            return;
        }

        ulong elapsed = now - _origin;
        ulong period = _origin + (elapsed / _count * _count);
        _isSwitching = true;
        _switchesToLow = _mode == SquareWave && elapsed % _count < HighPart(_count);
        _switchAt = _switchesToLow ? period + HighPart(_count) : period + _count;
    }

    /// <summary>Lets a planned switch to a new count happen.</summary>
    private void Settle(ulong now)
    {
        if (!_isSwitching || (long)(now - _switchAt) < 0)
        {
            return;
        }

        _isSwitching = false;
        _isRegisterTaken = true;
        _count = _register;
        _origin = _switchesToLow ? _switchAt - HighPart(_count) : _switchAt;
    }

    /// <summary>The counting element as software reads it.</summary>
    private ushort Count(ulong now)
    {
        Settle(now);
        if (!_isCounting)
        {
            return (ushort)(_bcd ? ToBcd(_register) : _register);
        }

        ulong elapsed = Elapsed(now);
        uint value;
        if (_mode == SquareWave)
        {
            uint phase = (uint)(elapsed % _count);
            uint high = (uint)HighPart(_count);
            uint even = _count & ~1u;
            value = even - (2 * (phase < high ? phase : phase - high));
        }
        else if (IsPeriodic)
        {
            value = _count - (uint)(elapsed % _count);
        }
        else
        {
            uint passed = (uint)(elapsed % Modulus);
            value = (_count + Modulus - passed) % Modulus;
        }

        return (ushort)(_bcd ? ToBcd(value % Modulus) : value);
    }
}
