using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Tests.Platform.Devices;

/// <summary>A processor of which only CR8 exists.</summary>
internal sealed class FakeTaskPriority : ITaskPriority
{
    public byte Cr8 { get; set; }

    public static FakeTaskPriority[] Several(int count)
    {
        FakeTaskPriority[] several = new FakeTaskPriority[count];
        for (int i = 0; i < count; i++)
        {
            several[i] = new FakeTaskPriority();
        }

        return several;
    }
}
