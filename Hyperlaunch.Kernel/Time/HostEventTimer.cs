using System.Threading;
using Hyperlaunch.Machine.Firmware;

namespace Hyperlaunch.Kernel.Time;

/// <summary>The machine's high precision event timer (IA-PC HPET Specification 1.0a): only its counter is used.</summary>
internal sealed unsafe class HostEventTimer : ReferenceTimer
{
    private const int HalfShift = 32;

    private readonly byte* _registers;
    private readonly ulong _capabilities;

    /// <summary>Takes its registers, which can be reached.</summary>
    public HostEventTimer(ulong address)
    {
        _registers = (byte*)address;
        _capabilities = Read(EventTimerRegisters.Capabilities)
            | ((ulong)Read(EventTimerRegisters.Capabilities + sizeof(uint)) << HalfShift);
        Hertz = EventTimerRegisters.Hertz(_capabilities);
    }

    /// <inheritdoc/>
    public override string Name => "hpet";

    /// <inheritdoc/>
    /// <remarks>0 when there is none that makes sense.</remarks>
    public override ulong Hertz { get; }

    /// <inheritdoc/>
    public override uint Mask => uint.MaxValue;

    /// <summary>
    /// Keeps its comparators from interrupting: by message they need no controller, and firmware may have left some on.
    /// </summary>
    public void Silence()
    {
        for (int i = 0; Hertz != 0 && i < EventTimerRegisters.CountComparators(_capabilities); i++)
        {
            ulong offset = EventTimerRegisters.Comparator(i);
            uint configuration = Read(offset);
            Write(offset, EventTimerRegisters.Silent(configuration));
        }
    }

    /// <inheritdoc/>
    public override void Start()
        => Write(EventTimerRegisters.Configuration, EventTimerRegisters.Running(Read(EventTimerRegisters.Configuration)));

    /// <inheritdoc/>
    public override uint Read() => Read(EventTimerRegisters.Counter);

    // Sound: the registers can be reached, and all offsets lie within them. Volatile, because each access has an effect.
    private uint Read(ulong offset) => Volatile.Read(ref *(uint*)(_registers + offset));

    private void Write(ulong offset, uint value) => Volatile.Write(ref *(uint*)(_registers + offset), value);
}
