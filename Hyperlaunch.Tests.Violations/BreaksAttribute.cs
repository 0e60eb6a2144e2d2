using System;

namespace Hyperlaunch.Tests.Violations;

/// <summary>Marks what breaks a rule of the subset, by the rule's name.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class BreaksAttribute(string rule) : Attribute
{
    public string Rule { get; } = rule;
}
