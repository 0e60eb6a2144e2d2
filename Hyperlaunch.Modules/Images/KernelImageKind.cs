namespace Hyperlaunch.Modules.Images;

/// <summary>What kind of kernel an image is.</summary>
public enum KernelImageKind
{
    /// <summary>None; nothing has been parsed.</summary>
    None = 0,

    /// <summary>A Linux kernel that unpacks itself (Linux Documentation/arch/x86/boot.rst).</summary>
    BzImage,

    /// <summary>An ELF file with a PVH entry note.</summary>
    PvhElf,
}
