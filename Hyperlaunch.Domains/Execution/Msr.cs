namespace Hyperlaunch.Domains.Execution;

/// <summary>Model-specific registers that a guest may meet (AMD APM volume 2, appendix A; Intel SDM volume 4, chapter 2).</summary>
internal static class Msr
{
    /// <summary>The time-stamp counter.</summary>
    public const uint TimeStampCounter = 0x10;

    /// <summary>The platform id, which names a microcode's platform.</summary>
    public const uint PlatformId = 0x17;

    /// <summary>The local APIC's base and mode.</summary>
    public const uint ApicBase = 0x1B;

    /// <summary>What firmware has locked; 1 says locked with everything off.</summary>
    public const uint FeatureControl = 0x3A;

    /// <summary>The microcode's revision.</summary>
    public const uint PatchLevel = 0x8B;

    /// <summary>Miscellaneous features; bit 0 says fast strings.</summary>
    public const uint MiscEnable = 0x1A0;

    /// <summary>When the local APIC's timer fires.</summary>
    public const uint TscDeadline = 0x6E0;

    /// <summary>The first register of the x2APIC.</summary>
    public const uint X2ApicFirst = 0x800;

    /// <summary>The last register of the x2APIC.</summary>
    public const uint X2ApicLast = 0x8FF;

    /// <summary>Extended features enabled.</summary>
    public const uint Efer = 0xC000_0080;

    /// <summary>Hardware configuration.</summary>
    public const uint HardwareConfiguration = 0xC001_0015;

    /// <summary>Northbridge configuration.</summary>
    public const uint NorthbridgeConfiguration = 0xC001_001F;

    /// <summary>Interrupt pending and C1E control.</summary>
    public const uint InterruptPending = 0xC001_0055;

    /// <summary>Decoder configuration; bit 1 says that LFENCE serializes.</summary>
    public const uint DecoderConfiguration = 0xC001_1029;
}
