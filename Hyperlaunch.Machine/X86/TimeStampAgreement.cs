namespace Hyperlaunch.Machine.X86;

/// <summary>Whether two CPUs' time-stamp counters are one clock.</summary>
public enum TimeStampAgreement
{
    /// <summary>They are.</summary>
    Same,

    /// <summary>Nearly: good enough for the hypervisor, not for a guest that believes they are one.</summary>
    Close,

    /// <summary>They are not.</summary>
    Apart,
}
