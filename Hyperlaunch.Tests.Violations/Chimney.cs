namespace Hyperlaunch.Tests.Violations.Attic;

/// <summary>Stands above.</summary>
public class Chimney;
