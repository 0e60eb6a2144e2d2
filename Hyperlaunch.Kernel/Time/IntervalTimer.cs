using Hyperlaunch.Kernel.Instructions;

namespace Hyperlaunch.Kernel.Time;

/// <summary>
/// The 8254: its channel 2 counts down while bit 0 of port 61h is set, its speaker (bit 1) off (8254 data sheet).
/// </summary>
internal sealed class IntervalTimer : ReferenceTimer
{
    private const ushort Channel2 = 0x42;
    private const ushort Command = 0x43;
    private const ushort Gate = 0x61;
    private const byte GateOn = 1;
    private const byte Speaker = 2;
    private const byte GateBits = 0x0F;
    private const byte Channel2Mode0 = 0xB0;
    private const byte LatchChannel2 = 0x80;
    private const byte Maximum = 0xFF;

    /// <inheritdoc/>
    public override string Name => "8254";

    /// <inheritdoc/>
    public override ulong Hertz => 1_193_182;

    /// <inheritdoc/>
    public override uint Mask => 0xFFFF;

    /// <inheritdoc/>
    public override void Start()
    {
        Ports.Write8(Gate, (byte)((Ports.Read8(Gate) & GateBits & ~Speaker) | GateOn));
        Ports.Write8(Command, Channel2Mode0);
        Ports.Write8(Channel2, Maximum);
        Ports.Write8(Channel2, Maximum);
    }

    /// <inheritdoc/>
    public override uint Read()
    {
        Ports.Write8(Command, LatchChannel2);
        uint low = Ports.Read8(Channel2);
        uint high = Ports.Read8(Channel2);
        return 0u - ((high << 8) | low);
    }
}
