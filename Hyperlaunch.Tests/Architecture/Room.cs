using System.Collections.Generic;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>A room of the house and the rooms that it may use.</summary>
internal sealed record Room(string Name, IReadOnlyList<string> Uses);
