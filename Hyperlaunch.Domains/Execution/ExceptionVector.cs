namespace Hyperlaunch.Domains.Execution;

/// <summary>The exceptions that the hypervisor raises in guests (AMD APM volume 2, section 8.2).</summary>
internal static class ExceptionVector
{
    /// <summary>#UD.</summary>
    public const byte InvalidOpcode = 6;

    /// <summary>#GP.</summary>
    public const byte GeneralProtection = 13;

    /// <summary>#PF.</summary>
    public const byte PageFault = 14;
}
