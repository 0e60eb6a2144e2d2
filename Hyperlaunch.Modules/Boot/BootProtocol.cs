namespace Hyperlaunch.Modules.Boot;

/// <summary>The protocol by which the boot loader started the hypervisor.</summary>
public enum BootProtocol
{
    /// <summary>Multiboot Specification 0.6.96.</summary>
    Multiboot1 = 1,

    /// <summary>Multiboot2 Specification 2.0.</summary>
    Multiboot2 = 2,
}
