namespace Hyperlaunch.Modules.Boot;

/// <summary>What a boot module is used as; <see cref="Unknown"/> until the launch plan or its own bytes say.</summary>
public enum ModuleKind
{
    /// <summary>Nobody has said what it is.</summary>
    Unknown = 0,

    /// <summary>The Launch Control Module.</summary>
    LaunchControlModule,

    /// <summary>A domain's kernel.</summary>
    Kernel,

    /// <summary>A domain's initial ramdisk.</summary>
    Ramdisk,

    /// <summary>A device tree handed to a domain.</summary>
    DeviceTree,

    /// <summary>Processor microcode.</summary>
    Microcode,

    /// <summary>A security policy.</summary>
    SecurityPolicy,

    /// <summary>Configuration for a domain, most often the boot domain.</summary>
    Configuration,
}
