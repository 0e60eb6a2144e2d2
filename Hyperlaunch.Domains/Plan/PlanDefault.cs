namespace Hyperlaunch.Domains.Plan;

/// <summary>A property that a domain's node does not have, and the value that is used for it.</summary>
public readonly struct PlanDefault
{
    /// <summary>Makes a default.</summary>
    public PlanDefault(string property, string value)
    {
        Property = property;
        Value = value;
    }

    /// <summary>The property's name.</summary>
    public string Property { get; }

    /// <summary>The value used, as text.</summary>
    public string Value { get; }
}
