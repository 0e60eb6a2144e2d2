namespace Hyperlaunch.Domains.Execution;

/// <summary>The exceptions that the hypervisor raises in guests (AMD APM volume 2, section 8.2).</summary>
internal static class ExceptionVector
{
    /// <summary>#DB.</summary>
    public const byte Debug = 1;

    /// <summary>#UD.</summary>
    public const byte InvalidOpcode = 6;

    /// <summary>#SS.</summary>
    public const byte Stack = 12;

    /// <summary>#GP.</summary>
    public const byte GeneralProtection = 13;

    /// <summary>#PF.</summary>
    public const byte PageFault = 14;
}
