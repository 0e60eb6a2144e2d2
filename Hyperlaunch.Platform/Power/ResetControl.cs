using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Power;

/// <summary>
/// The reset control register at 0xCF9 (ICH data sheets, RST_CNT). The PCI configuration ports around it are claimed too: a wide
/// access to them is not one to this register, and there is no PCI but in the hardware domain.
/// </summary>
internal sealed class ResetControl : VirtualDevice, IPortDevice
{
    /// <summary>Ports from <see cref="PlatformLayout.PciConfigurationPort"/> on.</summary>
    public const int PortCount = 8;

    private const int RegisterOffset = PlatformLayout.ResetControlPort - PlatformLayout.PciConfigurationPort;
    private const byte ResetProcessor = 0x04;
    private const byte Writable = 0x0E;

    private readonly IPowerRequests _power;
    private byte _control;

    /// <summary>What answers at the other ports; null where there is no PCI.</summary>
    public IPortDevice? Configuration { get; internal set; }

    /// <summary>Makes the register.</summary>
    public ResetControl(IPowerRequests power)
    {
        _power = power;
    }

    /// <summary>The state after power-on.</summary>
    public override void Reset() => _control = 0;

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        return offset == RegisterOffset && size == 1
            ? _control
            : Configuration is null ? uint.MaxValue : Configuration.ReadPort(offset, size);
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset != RegisterOffset || size != 1)
        {
            Configuration?.WritePort(offset, size, value);
            return;
        }

        // The bit must rise; whether the reset is hard or soft is the same to a domain.
        bool reset = (value & ~(uint)_control & ResetProcessor) != 0;
        _control = (byte)(value & Writable);
        if (reset)
        {
            _power.Restart();
        }
    }
}
