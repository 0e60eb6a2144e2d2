namespace Hyperlaunch.Tests.Kernel;

/// <summary>Who loads the hypervisor.</summary>
public enum BootPath
{
    /// <summary>QEMU's own loader, through Multiboot 1: fast, so most tests use it.</summary>
    Direct,

    /// <summary>SeaBIOS and GRUB from an ISO.</summary>
    Bios,

    /// <summary>OVMF and GRUB from an ISO.</summary>
    Uefi,
}
