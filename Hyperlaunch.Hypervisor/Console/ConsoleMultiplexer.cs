using System;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// Shares the machine's console among the hypervisor and the domains: whole lines with a prefix each, in turn; one raw stream
/// when a person wants a terminal; input to one receiver at a time, moved on by Ctrl-A pressed three times.
/// </summary>
/// <remarks>
/// Lines of the hypervisor come from any CPU; <see cref="Pump"/> is called by the boot CPU. The gate covers the device and the
/// cursor's whereabouts. Allocates only in its constructor and in <see cref="AttachOutput"/>.
/// </remarks>
internal sealed class ConsoleMultiplexer : IEventSink
{
    private const byte SwitchKey = 0x01;
    private const int SwitchPresses = 3;

    // Domains leave this much of the device's queue to the hypervisor's own lines.
    private const int ReservedRoom = 4096;

    // How often, in nanoseconds, the device is asked for input and given output while some waits: 1 ms is what a serial port at
    // 115200 baud needs for 11 characters, fewer than its FIFO holds.
    private const ulong DeviceInterval = 1_000_000;

    // A line end, a prefix and a piece, with room to spare.
    private const int RoomForPiece = 512;

    // One call of Pump shows no more than this, whatever the device takes: a screen takes everything, and draws it while
    // interrupts are off. The bytes are a full queue of a domain; the time, in nanoseconds, is looked at after each piece.
    private const uint LongestTurn = 1u << DomainConsole.QueueSizeBits;
    private const ulong LongestTurnTime = 1_000_000;

    // After a turn that was cut short the CPU belongs to others for so many times as long, and at least for DeviceInterval.
    private const ulong RestFactor = 3;

    // A transmitter that takes nothing for this long, in nanoseconds, is stuck: at 115200 baud a FIFO is empty after 1.4 ms.
    private const ulong TransmitterPatience = 10_000_000;

    // The same where nobody waits but the domains whose output it is: a host that emulates a serial port may be away for a while.
    private const ulong FullPatience = 1_000_000_000;

    // What is read in a turn: more than a serial port receives between two of them. The status of one that is broken may say for
    // ever that there is more.
    private const int LongestInput = 64;

    private readonly IConsoleDevice _device;
    private readonly IClock _clock;
    private readonly SpinGate _gate = new();
    private readonly LineBuffer _piece = new(RoomForPiece);
    private readonly DomainConsole?[] _outputs;
    private readonly IConsoleInput?[] _inputs;
    private int _outputCount;
    private int _inputCount;
    private int _focus;
    private int _nextOutput;
    private int _presses;
    private ulong _nextService;
    private ulong _nextTurn;
    private int _room;
    private ulong _roomSince;
    private bool _outputWaits;
    private bool _hasHeldByte;
    private byte _heldByte;

    // Whose unfinished line the cursor stands in; null at the start of a line.
    private DomainConsole? _cursorOwner;

    /// <summary>Makes a console for at most <paramref name="capacity"/> domains and the hypervisor.</summary>
    /// <param name="device">The machine's console.</param>
    /// <param name="clock">
    /// The machine's time: the console takes no more of it than is fair to those who wait for this CPU.
    /// </param>
    /// <param name="capacity">The most domains.</param>
    public ConsoleMultiplexer(IConsoleDevice device, IClock clock, int capacity)
    {
        _device = device;
        _clock = clock;
        _outputs = new DomainConsole?[capacity];
        _inputs = new IConsoleInput?[capacity + 1];
    }

    /// <summary>Adds a domain's output.</summary>
    /// <exception cref="InvalidOperationException">
    /// A broken invariant: there are more domains than places were made for.
    /// </exception>
    public void AttachOutput(DomainConsole output)
    {
        if (_outputCount == _outputs.Length)
        {
            throw new InvalidOperationException("ConsoleMultiplexer: no place for another output.");
        }

        _outputs[_outputCount] = output;
        _outputCount++;
    }

    /// <summary>Adds a receiver of input; the first one added has it.</summary>
    /// <exception cref="InvalidOperationException">
    /// A broken invariant: there are more receivers than places were made for.
    /// </exception>
    public void AttachInput(IConsoleInput input)
    {
        if (_inputCount == _inputs.Length)
        {
            throw new InvalidOperationException("ConsoleMultiplexer: no place for another input.");
        }

        _inputs[_inputCount] = input;
        _inputCount++;
    }

    /// <summary>Gives the input to <paramref name="input"/>, which has been attached.</summary>
    public void Focus(IConsoleInput input)
    {
        for (int i = 0; i < _inputCount; i++)
        {
            if (ReferenceEquals(_inputs[i], input))
            {
                _focus = i;
            }
        }
    }

    /// <inheritdoc/>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        _gate.Enter();
        LeaveUnfinishedLine();
        WriteAll(line);
        _gate.Exit();
    }

    /// <summary>Writes a line that begins with <paramref name="prefix"/>.</summary>
    public void WriteLine(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> line)
    {
        _gate.Enter();
        LeaveUnfinishedLine();
        WriteAll(prefix);
        WriteAll(line);
        _gate.Exit();
    }

    /// <summary>Text of the hypervisor's that does not end a line: a prompt, an echo.</summary>
    public void WriteText(ReadOnlySpan<byte> text)
    {
        _gate.Enter();
        LeaveUnfinishedLine();
        WriteAll(text);
        _gate.Exit();
    }

    /// <summary>
    /// Moves what is ready to the device, a piece of each domain in turn, and what was typed to its receiver. Returns after some
    /// milliseconds however much the domains write.
    /// </summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <returns>When it wants to be called again at the latest, in nanoseconds.</returns>
    public ulong Pump(ulong now)
    {
        ulong serviceDue = ServiceDevice(now);
        if (now < _nextTurn)
        {
            return _nextTurn < serviceDue ? _nextTurn : serviceDue;
        }

        ulong deadline = serviceDue;
        uint shown = 0;
        bool moved = true;
        while (moved)
        {
            moved = false;
            deadline = serviceDue;
            for (int i = 0; i < _outputCount; i++)
            {
                _nextOutput = _nextOutput + 1 < _outputCount ? _nextOutput + 1 : 0;
                DomainConsole output = _outputs[_nextOutput]!;
                if (!output.HasOutput)
                {
                    continue;
                }

                if (_device.Room < ReservedRoom + RoomForPiece)
                {
                    GiveUpWhenStuck(now);
                    return _nextService;
                }

                uint ready = output.ReadyBytes(now, ReferenceEquals(_cursorOwner, output));
                if (ready != 0)
                {
                    moved = true;
                    shown += Show(output, ready);
                    if (shown >= LongestTurn || _clock.Nanoseconds >= now + LongestTurnTime)
                    {
                        return Rest(now, serviceDue);
                    }
                }
                else if (output.Deadline < deadline)
                {
                    deadline = output.Deadline;
                }
            }
        }

        return deadline;
    }

    /// <summary>
    /// Shows whatever is left, unfinished lines too: the machine's end. What a domain writes meanwhile is not waited for, or it
    /// would decide when the machine ends.
    /// </summary>
    public void Finish()
    {
        for (int i = 0; i < _outputCount; i++)
        {
            DomainConsole output = _outputs[i]!;
            uint left = output.Count;
            while (left != 0)
            {
                uint taken = Show(output, left < DomainConsole.LongestPiece ? left : DomainConsole.LongestPiece);
                left = taken == 0 ? 0 : left - taken;
            }
        }
    }

    // A queue that stays as full as it is would hold back what domains have written, and with that the notice of their ends.
    private void GiveUpWhenStuck(ulong now)
    {
        if (_device.Room != _room)
        {
            _room = _device.Room;
            _roomSince = now;
        }
        else if (now - _roomSince >= FullPatience)
        {
            _device.GiveUp();
        }
    }

    // More waits, but this CPU has others to serve.
    private ulong Rest(ulong started, ulong serviceDue)
    {
        ulong end = _clock.Nanoseconds;
        ulong rest = (end - started) * RestFactor;
        _nextTurn = end + (rest < DeviceInterval ? DeviceInterval : rest);
        return _nextTurn < serviceDue ? _nextTurn : serviceDue;
    }

    // Output that waits for the line wants to be moved on soon; input is looked for whenever there is a turn anyway.
    private ulong ServiceDevice(ulong now)
    {
        if (now < _nextService)
        {
            return _outputWaits ? _nextService : ulong.MaxValue;
        }

        _nextService = now + DeviceInterval;
        PumpInput();
        _gate.Enter();
        _outputWaits = _device.Drain();
        _gate.Exit();
        return _outputWaits ? _nextService : ulong.MaxValue;
    }

    // Up to the end of a line at the most: on a screen it may have to scroll, which takes longest.
    private uint Show(DomainConsole output, uint count)
    {
        uint taken = 0;
        bool isLineOpen = true;
        _gate.Enter();
        if (!ReferenceEquals(_cursorOwner, output))
        {
            LeaveUnfinishedLine();
        }

        _piece.Clear();
        bool raw = output.IsRaw;
        bool atStart = _cursorOwner is null;
        while (isLineOpen && taken != count && output.TryTake(out byte value))
        {
            taken++;
            isLineOpen = value != (byte)'\n';
            if (raw)
            {
                _piece.Add(value);
                atStart = !isLineOpen;
                continue;
            }

            if (atStart)
            {
                output.Filter.StartLine();
            }

            if (!isLineOpen)
            {
                StartLine(output, ref atStart);
                _piece.Add((byte)'\r');
                _piece.Add(value);
                atStart = true;
            }
            else if (output.Filter.Passes(value))
            {
                StartLine(output, ref atStart);
                _piece.Add(value);
            }
        }

        _cursorOwner = atStart ? null : output;
        WriteAll(_piece.Bytes);
        _gate.Exit();
        return taken;
    }

    private void StartLine(DomainConsole output, ref bool atStart)
    {
        if (atStart)
        {
            AddRaw(output.Prefix);
            atStart = false;
        }
    }

    private void AddRaw(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            _piece.Add(bytes[i]);
        }
    }

    private void LeaveUnfinishedLine()
    {
        if (_cursorOwner is not null)
        {
            WriteAll("\r\n"u8);
            _cursorOwner = null;
        }
    }

    // The device sends by itself as the line takes bytes; it is waited for only when its whole queue is full, and while it moves.
    private void WriteAll(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.Slice(_device.Write(bytes));
        ulong moved = bytes.IsEmpty ? 0 : _clock.Nanoseconds;
        while (!bytes.IsEmpty)
        {
            int taken = _device.Write(bytes);
            bytes = bytes.Slice(taken);
            ulong now = _clock.Nanoseconds;
            if (taken != 0)
            {
                moved = now;
            }
            else if (now - moved >= TransmitterPatience)
            {
                _device.GiveUp();
                _device.Write(bytes);
                return;
            }
        }
    }

    private void PumpInput()
    {
        if (_hasHeldByte)
        {
            if (!Deliver(_heldByte))
            {
                return;
            }

            _hasHeldByte = false;
        }

        for (int i = 0; i < LongestInput && _device.TryRead(out byte value); i++)
        {
            if (value == SwitchKey)
            {
                _presses++;
                if (_presses == SwitchPresses)
                {
                    _presses = 0;
                    SwitchFocus();
                }

                continue;
            }

            // A press that did not become a switch was meant for the receiver.
            bool delivered = true;
            for (; _presses > 0; _presses--)
            {
                delivered = Deliver(SwitchKey);
            }

            if (!delivered || !Deliver(value))
            {
                _heldByte = value;
                _hasHeldByte = true;
                return;
            }
        }
    }

    private bool Deliver(byte value) => _inputCount == 0 || _inputs[_focus]!.TryReceive(value);

    private void SwitchFocus()
    {
        if (_inputCount == 0)
        {
            return;
        }

        _focus = _focus + 1 < _inputCount ? _focus + 1 : 0;
        _gate.Enter();
        LeaveUnfinishedLine();
        _piece.Clear();
        _piece.Add("(HV) input goes to ");
        _piece.Add(_inputs[_focus]!.InputName);
        _piece.AddEnd();
        WriteAll(_piece.Bytes);
        _gate.Exit();
    }
}
