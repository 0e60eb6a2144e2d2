using System;

namespace Hyperlaunch.Platform.Devices;

/// <summary>The machine's own devices in the hands of a domain: what answers where its platform has nothing.</summary>
public interface IHostDevices
{
    /// <summary>The ports at which no virtual device lies; its offsets are the ports.</summary>
    IPortDevice Ports { get; }

    /// <summary>
    /// PCI's configuration ports, without the reset control register among them; offsets from
    /// <see cref="PlatformLayout.PciConfigurationPort"/>.
    /// </summary>
    IPortDevice ConfigurationPorts { get; }

    /// <summary>Learns when the domain has ended a level-triggered interrupt.</summary>
    IInterruptEnd InterruptEnd { get; }

    /// <summary>The devices as AML, for the domain's DSDT.</summary>
    ReadOnlySpan<byte> Description { get; }
}
