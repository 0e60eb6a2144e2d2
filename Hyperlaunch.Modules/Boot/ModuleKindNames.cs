namespace Hyperlaunch.Modules.Boot;

/// <summary>The words for module kinds on the console and in messages.</summary>
public static class ModuleKindNames
{
    /// <summary>The word, such as <c>kernel</c>.</summary>
    public static string Name(ModuleKind kind) => kind switch
    {
        ModuleKind.LaunchControlModule => "lcm",
        ModuleKind.Kernel => "kernel",
        ModuleKind.Ramdisk => "ramdisk",
        ModuleKind.DeviceTree => "device-tree",
        ModuleKind.Microcode => "microcode",
        ModuleKind.SecurityPolicy => "xsm-policy",
        ModuleKind.Configuration => "config",
        _ => "unused",
    };
}
