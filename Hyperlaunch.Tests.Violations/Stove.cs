using Hyperlaunch.Tests.Violations.Attic;

namespace Hyperlaunch.Tests.Violations.Cellar;

/// <summary>Stands below and reaches up.</summary>
public class Stove
{
    /// <summary>Reaches through all floors.</summary>
    public Stove() => Smoke = new Chimney();

    /// <summary>Where the smoke goes.</summary>
    public object Smoke { get; }
}
