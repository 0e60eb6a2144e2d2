using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Timers;

/// <summary>
/// The 8254 interval timer (Intel data sheet 231164-005). Channel 0 drives line 0; a rise of its output that comes while the
/// domain does not run is made up for once, however many there were. The output's fall does not take a request back: real time
/// does not stop for a domain that waits for a processor.
/// </summary>
public sealed class Pit8254 : TimedDevice, IPortDevice
{
    private const int Channels = 3;
    private const int ControlPort = 3;

    // Control word
    private const int ControlChannelShift = 6;
    private const int ControlReadBack = 3;

    // Read-back command
    private const byte ReadBackNoCount = 0x20;
    private const byte ReadBackNoStatus = 0x10;

    private readonly PitChannel[] _channels = new PitChannel[Channels];
    private readonly IClock _clock;
    private readonly TickRate _rate = TickRate.FromHertz(PlatformLayout.PitHertz);

    /// <summary>Makes the timer.</summary>
    public Pit8254(IClock clock)
    {
        _clock = clock;
        for (int i = 0; i < Channels; i++)
        {
            _channels[i] = new PitChannel();
        }

        Reset();
    }

    /// <summary>The output of channel 2, which port 0x61 shows.</summary>
    public bool Output2 => _channels[2].Output(Now);

    private ulong Now => _rate.ToTicks(_clock.Nanoseconds);

    /// <summary>The state after power-on: no channel counts. The gates of channels 0 and 1 are tied high.</summary>
    public override void Reset()
    {
        _channels[0].Reset(gate: true);
        _channels[1].Reset(gate: true);
        _channels[2].Reset(gate: false);
        SetLine(false);
        Schedule(0, 0);
    }

    /// <summary>Opens or closes the gate of channel 2.</summary>
    public void SetGate2(bool open) => _channels[2].SetGate(open, Now);

    /// <inheritdoc/>
    public override void Advance(ulong now)
    {
        if (now < Deadline)
        {
            return;
        }

        ulong tick = _rate.ToTicks(now);
        SetLine(false);
        SetLine(true);
        Schedule(tick, now + PlatformLayout.MinimumTimerInterval);
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size) => offset == ControlPort ? 0xFFu : _channels[offset].Read(Now);

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        int register = offset;
        byte data = (byte)value;
        ulong now = _clock.Nanoseconds;
        ulong tick = _rate.ToTicks(now);
        Advance(now);
        if (register != ControlPort)
        {
            _channels[register].Write(data, tick);
        }
        else if (data >> ControlChannelShift != ControlReadBack)
        {
            register = data >> ControlChannelShift;
            _channels[register].WriteControl(data, tick);
        }
        else
        {
            ReadBack(data, tick);
            return;
        }

        if (register == 0)
        {
            SetLine(_channels[0].Output(tick));
            Schedule(tick, 0);
        }
    }

    private void ReadBack(byte command, ulong tick)
    {
        for (int i = 0; i < Channels; i++)
        {
            if ((command & (2 << i)) == 0)
            {
                continue;
            }

            if ((command & ReadBackNoStatus) == 0)
            {
                _channels[i].LatchStatus(tick);
            }

            if ((command & ReadBackNoCount) == 0)
            {
                _channels[i].LatchCount(tick);
            }
        }
    }

    /// <summary>Plans the next rise of channel 0 after a tick, not before a time.</summary>
    private void Schedule(ulong tick, ulong earliest)
    {
        ulong rise = _channels[0].NextRise(tick);
        ulong due = rise == ulong.MaxValue ? ulong.MaxValue : _rate.ToNanoseconds(rise);
        Deadline = due < earliest ? earliest : due;
    }
}
