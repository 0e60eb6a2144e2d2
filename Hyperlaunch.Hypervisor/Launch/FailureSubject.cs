namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Whose failure it is.</summary>
public enum FailureSubject
{
    /// <summary>The boot domain's, before it has finished.</summary>
    Boot = 0,

    /// <summary>The recovery domain's own.</summary>
    Recovery,

    /// <summary>Any other domain's.</summary>
    Other,
}
