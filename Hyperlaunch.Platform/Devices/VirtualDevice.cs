using System;

namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// A virtual device: it knows offsets and that it has a line, not where it lies and which line that is. By
/// <see cref="IPortDevice"/> or <see cref="IMemoryDevice"/> it has registers too.
/// </summary>
public abstract class VirtualDevice
{
    private IInterruptLines? _lines;
    private int _line;

    /// <summary>Bytes of AML with which it describes itself to the guest; 0 when a guest finds it without.</summary>
    public virtual int AmlSize => 0;

    /// <summary>Puts it into the state in which firmware hands over to a kernel.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>Writes its part of the DSDT (ACPI 6.5, chapter 20).</summary>
    /// <param name="aml">Exactly <see cref="AmlSize"/> bytes.</param>
    /// <param name="place">Where it lies.</param>
    public virtual void WriteAml(Span<byte> aml, in DevicePlace place)
    {
    }

    /// <summary>Wires its interrupt output. One that is not wired interrupts nobody.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="line">The one that it drives.</param>
    public void Connect(IInterruptLines lines, int line)
    {
        _lines = lines;
        _line = line;
    }

    /// <summary>
    /// Whether an interrupt of its would do anything now. One whose output is not wired may have more to do than to interrupt.
    /// </summary>
    internal bool IsHeard => _lines is null || _lines.IsHeard(_line);

    /// <summary>Raises or lowers its interrupt output.</summary>
    protected void SetLine(bool asserted) => _lines?.SetLine(_line, asserted);
}
