namespace Hyperlaunch.Domains.Plan;

/// <summary>What a problem stops. Ordered: a greater value is worse.</summary>
public enum ProblemSeverity
{
    /// <summary>Nothing: something that was decided for the writer, said so that he knows.</summary>
    Note = 0,

    /// <summary>Nothing, but what happens is probably not what was meant.</summary>
    Warning,

    /// <summary>One domain: it is not built; the others are.</summary>
    DomainError,

    /// <summary>The launch: no domain is built.</summary>
    LaunchError,
}
