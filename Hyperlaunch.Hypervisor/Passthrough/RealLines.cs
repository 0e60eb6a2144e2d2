using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// Carries the interrupts of the machine's PCI devices to the hardware domain. At the machine they arrive at the 8259A pair,
/// where firmware has routed them on every PC; the domain finds each line at a pin of its I/O APIC from <see cref="FirstPin"/>
/// on, active low as PCI has it. A line that has fired stays masked at the machine until the domain has ended its interrupt: if
/// its device still asks then, it fires again.
/// <para>Not synchronized: the caller holds the domain's gate.</para>
/// </summary>
internal sealed class RealLines : IInterruptEnd
{
    /// <summary>The first of the pins, after those of the ISA lines.</summary>
    public const int FirstPin = PlatformLayout.IsaLines;

    private const int MaximumLines = PlatformLayout.IoApicPins - FirstPin;

    // What the hypervisor keeps: the timer, the keyboard, the cascade, both serial ports, the clock, ACPI's, the mouse and the
    // coprocessor's.
    private const uint KeptLines = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 8 | 1 << 9 | 1 << 12 | 1 << 13;
    private const int ControllerLines = 8;
    private const uint AllLines = 0xFFFF;

    // 8259A data sheet: OCW2, specific end of interrupt; OCW3, read what is in service. The line without a device answers when a
    // request has gone before it was acknowledged ("default IR7").
    private const uint SpecificEnd = 0x60;
    private const uint ReadInService = 0x0B;
    private const int DefaultLine = 7;

    private readonly IMachineHardware _hardware;
    private readonly byte[] _lineOfPin = new byte[MaximumLines];
    private readonly sbyte[] _pinOfLine = new sbyte[PlatformLayout.IsaLines];
    private IoApic? _ioApic;
    private int _count;
    private uint _masked = AllLines;

    /// <summary>Makes the lines; none is used yet.</summary>
    public RealLines(IMachineHardware hardware)
    {
        _hardware = hardware;
        for (int i = 0; i < _pinOfLine.Length; i++)
        {
            _pinOfLine[i] = -1;
        }
    }

    /// <summary>The lines that are used, a bit each.</summary>
    public uint Used { get; private set; }

    /// <summary>Gives a line a pin, unless it has one.</summary>
    /// <param name="line">The line; one that the hypervisor keeps, or that does not exist, gets none.</param>
    /// <returns>The pin, or -1 when it gets none, or there are no more.</returns>
    public int Use(int line)
    {
        if (line <= 0 || line >= _pinOfLine.Length || (KeptLines & (1u << line)) != 0)
        {
            return -1;
        }

        if (_pinOfLine[line] < 0 && _count < MaximumLines)
        {
            _pinOfLine[line] = (sbyte)(FirstPin + _count);
            _lineOfPin[_count] = (byte)line;
            Used |= 1u << line;
            _count++;
        }

        return _pinOfLine[line];
    }

    /// <summary>
    /// Opens the lines that are used, level-triggered, as PCI devices share them. It is told when their interrupts end.
    /// </summary>
    public void Open(IoApic ioApic)
    {
        _ioApic = ioApic;
        for (int i = 0; i < MaximumLines; i++)
        {
            ioApic.SetPin(FirstPin + i, true);
        }

        for (int i = 0; i < _pinOfLine.Length; i += ControllerLines)
        {
            ushort port = (ushort)(PlatformLayout.EdgeLevelPort + (i / ControllerLines));
            _hardware.WritePort(port, 1, _hardware.ReadPort(port, 1) | ((Used >> i) & 0xFF));
        }

        Mask(AllLines & ~Used & ~(1u << PlatformLayout.CascadeLine));
        _hardware.ConnectLines(true);
    }

    /// <summary>Masks every line at the machine.</summary>
    public void Close()
    {
        Mask(AllLines);
        _hardware.ConnectLines(false);
    }

    /// <summary>Passes on what has fired. On the boot CPU.</summary>
    /// <param name="fired">A bit for each line.</param>
    public void Raise(uint fired)
    {
        for (int line = 0; line < _pinOfLine.Length; line++)
        {
            if ((fired & (1u << line)) == 0 || (line % ControllerLines == DefaultLine && !IsInService(line)))
            {
                continue;
            }

            Mask(_masked | 1u << line);
            End(line);
            if (_pinOfLine[line] >= 0)
            {
                _ioApic!.SetPin(_pinOfLine[line], false);
            }
        }
    }

    /// <inheritdoc/>
    public void OnEnded(int pin)
    {
        if (pin >= FirstPin && pin < FirstPin + _count)
        {
            uint line = 1u << _lineOfPin[pin - FirstPin];
            if ((_masked & line) != 0)
            {
                _ioApic!.SetPin(pin, true);
                Mask(_masked & ~line);
            }
        }
    }

    private static ushort CommandPort(int line)
        => line < ControllerLines ? PlatformLayout.FirstPicPort : PlatformLayout.SecondPicPort;

    private bool IsInService(int line)
    {
        _hardware.WritePort(CommandPort(line), 1, ReadInService);
        return (_hardware.ReadPort(CommandPort(line), 1) & (1u << (line % ControllerLines))) != 0;
    }

    private void End(int line)
    {
        _hardware.WritePort(CommandPort(line), 1, SpecificEnd | (uint)(line % ControllerLines));
        if (line >= ControllerLines)
        {
            _hardware.WritePort(PlatformLayout.FirstPicPort, 1, SpecificEnd | PlatformLayout.CascadeLine);
        }
    }

    private void Mask(uint lines)
    {
        _masked = lines;
        _hardware.WritePort(PlatformLayout.FirstPicPort + 1, 1, lines & 0xFF);
        _hardware.WritePort(PlatformLayout.SecondPicPort + 1, 1, lines >> ControllerLines);
    }
}
