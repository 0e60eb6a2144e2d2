using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>The tests that start an emulator, one at a time: two at once on two cores make each other slow.</summary>
[CollectionDefinition(Name)]
public sealed class MachineCollection
{
    public const string Name = "Machine";
}
