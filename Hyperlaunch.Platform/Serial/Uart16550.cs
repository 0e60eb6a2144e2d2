using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Serial;

/// <summary>
/// A serial port with the NS16550A (National Semiconductor data sheet PC16550D). Its line is infinitely fast: a byte written is
/// sent at once, so the transmitter is empty and asks for the next byte after each write, unless the other end is not ready. A
/// driver that writes a burst for each of these interrupts (Linux: 16 bytes, the FIFO's size) finds the next request waiting when
/// the burst is done.
/// </summary>
public sealed class Uart16550 : TimedDevice, IPortDevice
{
    /// <summary>Ports of a serial port.</summary>
    public const int PortCount = 8;

    // How often, in nanoseconds, an other end that was not ready is asked again: the time of 11 characters at 115200 baud.
    private const ulong BusyInterval = 1_000_000;

    private const int FifoCapacity = 16;

    // Registers (table II)
    private const int Data = 0;
    private const int InterruptEnable = 1;
    private const int InterruptIdentification = 2;
    private const int LineControl = 3;
    private const int ModemControl = 4;
    private const int LineStatus = 5;
    private const int ModemStatus = 6;
    private const int Scratch = 7;

    // Interrupt enable
    private const byte EnableReceived = 0x01;
    private const byte EnableTransmit = 0x02;
    private const byte EnableLineStatus = 0x04;
    private const byte EnableModemStatus = 0x08;
    private const byte EnableMask = 0x0F;

    // Interrupt identification (table IV), by priority
    private const byte IdLineStatus = 0x06;
    private const byte IdReceived = 0x04;
    private const byte IdTimeout = 0x0C;
    private const byte IdTransmit = 0x02;
    private const byte IdModemStatus = 0x00;
    private const byte IdNone = 0x01;
    private const byte IdFifoEnabled = 0xC0;

    // FIFO control
    private const byte FifoEnable = 0x01;
    private const byte FifoClearReceiver = 0x02;
    private const int FifoTriggerShift = 6;

    // Line control
    private const byte LineDivisorAccess = 0x80;

    // Modem control
    private const byte ModemDtr = 0x01;
    private const byte ModemRts = 0x02;
    private const byte ModemOut1 = 0x04;
    private const byte ModemOut2 = 0x08;
    private const byte ModemLoop = 0x10;
    private const byte ModemControlMask = 0x1F;

    // Line status
    private const byte StatusDataReady = 0x01;
    private const byte StatusOverrun = 0x02;
    private const byte StatusTransmitterEmpty = 0x60;

    // Modem status: inputs in the upper half, their changes below
    private const byte StatusCts = 0x10;
    private const byte StatusDsr = 0x20;
    private const byte StatusRing = 0x40;
    private const byte StatusCarrier = 0x80;
    private const byte StatusRingEnded = 0x04;
    private const byte StatusDeltaMask = 0x0F;
    private const byte Connected = StatusCts | StatusDsr | StatusCarrier;

    private readonly IClock _clock;
    private readonly ISerialSink _sink;
    private readonly IReopenedSink? _reopened;
    private readonly byte[] _fifo = new byte[FifoCapacity];

    private int _head;
    private int _count;
    private byte _trigger;
    private byte _held;
    private byte _enable;
    private byte _lineControl;
    private byte _modemControl;
    private byte _modemStatus;
    private byte _scratch;
    private byte _divisorLow;
    private byte _divisorHigh;
    private bool _fifoEnabled;
    private bool _overrun;
    private bool _transmitPending;
    private bool _transmitterWasBusy;
    private bool _asserted;

    /// <summary>Makes a serial port.</summary>
    /// <param name="clock">The time by which an other end that was not ready is asked again.</param>
    /// <param name="sink">Takes what the guest sends.</param>
    public Uart16550(IClock clock, ISerialSink sink)
    {
        _clock = clock;
        _sink = sink;
        _reopened = sink as IReopenedSink;
        Reset();
    }

    /// <summary>Bytes that <see cref="TryReceive"/> would take now.</summary>
    public int ReceiveRoom => (_modemControl & ModemLoop) != 0 ? 0 : Capacity - _count;

    /// <summary>The loop is always ready; the other end may ask for patience.</summary>
    private bool IsTransmitterEmpty => (_modemControl & ModemLoop) != 0 || _sink.IsReady;

    private int Capacity => _fifoEnabled ? FifoCapacity : 1;

    /// <summary>The state after master reset (table III); the other end of the line is connected.</summary>
    public override void Reset()
    {
        _head = 0;
        _count = 0;
        _trigger = 1;
        _held = 0;
        _enable = 0;
        _lineControl = 0;
        _modemControl = 0;
        _modemStatus = Connected;
        _scratch = 0;
        _divisorLow = 1;
        _divisorHigh = 0;
        _fifoEnabled = false;
        _overrun = false;
        _transmitPending = false;
        Update();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The other end becomes ready on another CPU at any moment, so it is asked whenever there is an opportunity.
    /// </remarks>
    public override void Advance(ulong now)
    {
        if (_transmitPending)
        {
            Update();
        }
    }

    /// <summary>A byte arrives on the line.</summary>
    /// <returns>
    /// False when the receiver is full, disconnected by its loop, or the byte comes too late: the caller keeps the byte.
    /// </returns>
    public bool TryReceive(byte value)
    {
        if (ReceiveRoom <= 0 || _reopened is { IsStale: true })
        {
            return false;
        }

        Append(value);
        Update();
        return true;
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        byte value;
        switch (offset)
        {
            case Data:
                value = DivisorSelected ? _divisorLow : TakeReceived();
                break;
            case InterruptEnable:
                value = DivisorSelected ? _divisorHigh : _enable;
                break;
            case InterruptIdentification:
                value = Identify();
                if (value == IdTransmit)
                {
                    _transmitPending = false;
                }

                value |= _fifoEnabled ? IdFifoEnabled : (byte)0;
                break;
            case LineControl:
                value = _lineControl;
                break;
            case ModemControl:
                value = _modemControl;
                break;
            case LineStatus:
                value = (byte)((IsTransmitterEmpty ? StatusTransmitterEmpty : 0)
                    | (_count > 0 ? StatusDataReady : 0)
                    | (_overrun ? StatusOverrun : 0));
                _overrun = false;
                break;
            case ModemStatus:
                value = _modemStatus;
                _modemStatus &= unchecked((byte)~StatusDeltaMask);
                break;
            case Scratch:
                value = _scratch;
                break;
            default:
                return 0xFF;
        }

        Update();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        byte data = (byte)value;
        switch (offset)
        {
            case Data when DivisorSelected:
                _divisorLow = data;
                break;
            case Data:
                Transmit(data);
                break;
            case InterruptEnable when DivisorSelected:
                _divisorHigh = data;
                break;
            case InterruptEnable:
                // An empty transmitter asks as soon as it may.
                _transmitPending |= (data & ~_enable & EnableTransmit) != 0;
                _enable = (byte)(data & EnableMask);
                break;
            case InterruptIdentification:
                WriteFifoControl(data);
                break;
            case LineControl:
                _lineControl = data;
                break;
            case ModemControl:
                _modemControl = (byte)(data & ModemControlMask);
                UpdateModemStatus();
                break;
            case Scratch:
                _scratch = data;
                break;
            default:
                break;
        }

        Update();
    }

    private bool DivisorSelected => (_lineControl & LineDivisorAccess) != 0;

    private void Transmit(byte value)
    {
        // Writing withdraws the request; the byte is gone at once, which raises it again: a new edge on the line.
        _transmitPending = false;
        Update();
        if ((_modemControl & ModemLoop) == 0)
        {
            _sink.Put(value);
        }
        else if (_count < Capacity)
        {
            Append(value);
        }
        else
        {
            // Without the FIFO the new character replaces the unread one; a full FIFO keeps its own (section 8.4, bit 1).
            _overrun = true;
            _fifo[_head] = _fifoEnabled ? _fifo[_head] : value;
        }

        _transmitPending = true;
    }

    private void Append(byte value)
    {
        _fifo[(_head + _count) & (FifoCapacity - 1)] = value;
        _count++;
    }

    /// <summary>Reading an empty receiver gives its last byte again.</summary>
    private byte TakeReceived()
    {
        if (_count > 0)
        {
            _held = _fifo[_head];
            _head = (_head + 1) & (FifoCapacity - 1);
            _count--;
        }

        return _held;
    }

    /// <summary>
    /// FIFO control: the other bits count only where bit 0 is set, and its change empties the FIFOs (section 8.5).
    /// </summary>
    private void WriteFifoControl(byte value)
    {
        bool enable = (value & FifoEnable) != 0;
        if (enable != _fifoEnabled || (enable && (value & FifoClearReceiver) != 0))
        {
            _head = 0;
            _count = 0;
            _reopened?.OnReceiverEmptied();
        }

        _fifoEnabled = enable;
        _trigger = 1;
        if (enable)
        {
            switch (value >> FifoTriggerShift)
            {
                case 1:
                    _trigger = 4;
                    break;
                case 2:
                    _trigger = 8;
                    break;
                case 3:
                    _trigger = 14;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>With the loop closed the modem outputs are the modem inputs (section 8.6, bit 4).</summary>
    private void UpdateModemStatus()
    {
        int inputs = Connected;
        if ((_modemControl & ModemLoop) != 0)
        {
            inputs = ((_modemControl & ModemRts) != 0 ? StatusCts : 0)
                | ((_modemControl & ModemDtr) != 0 ? StatusDsr : 0)
                | ((_modemControl & ModemOut1) != 0 ? StatusRing : 0)
                | ((_modemControl & ModemOut2) != 0 ? StatusCarrier : 0);
        }

        // Ring reports only its end, the others every change.
        int changed = ((inputs ^ _modemStatus) >> 4) & StatusDeltaMask;
        if ((inputs & StatusRing) != 0)
        {
            changed &= ~StatusRingEnded;
        }

        _modemStatus = (byte)(inputs | (_modemStatus & StatusDeltaMask) | changed);
    }

    private byte Identify()
    {
        if ((_enable & EnableLineStatus) != 0 && _overrun)
        {
            return IdLineStatus;
        }

        if ((_enable & EnableReceived) != 0 && _count > 0)
        {
            // The timeout for characters below the trigger level is over at once.
            return _count >= _trigger ? IdReceived : IdTimeout;
        }

        if ((_enable & EnableTransmit) != 0 && _transmitPending && IsTransmitterEmpty)
        {
            return IdTransmit;
        }

        return (_enable & EnableModemStatus) != 0 && (_modemStatus & StatusDeltaMask) != 0 ? IdModemStatus : IdNone;
    }

    /// <summary>A PC leads the interrupt through OUT2, which the closed loop turns off.</summary>
    private void Update()
    {
        // Looked at before the lines are told: what becomes ready in between is told twice, and never not at all.
        _transmitterWasBusy = !IsTransmitterEmpty;
        bool asserted = (_modemControl & (ModemOut2 | ModemLoop)) == ModemOut2 && Identify() != IdNone;
        if (asserted != _asserted)
        {
            _asserted = asserted;
            SetLine(asserted);
        }

        // While the transmitter waits for the other end. That becomes ready on another CPU at any moment: what counts is whether
        // the interrupt lines have been told, not whether it is ready now.
        Deadline = _transmitPending && _transmitterWasBusy ? _clock.Nanoseconds + BusyInterval : ulong.MaxValue;
    }
}
