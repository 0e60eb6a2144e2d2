namespace Hyperlaunch.Machine.Firmware;

/// <summary>Where a register lies.</summary>
public enum AcpiRegisterSpace
{
    /// <summary>There is none, or in a space that is not used here.</summary>
    None = 0,

    /// <summary>At a physical address.</summary>
    Memory,

    /// <summary>At a port.</summary>
    Port,
}
