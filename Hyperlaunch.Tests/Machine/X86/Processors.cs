using Hyperlaunch.Tests.Hypervisor.Execution;

namespace Hyperlaunch.Tests.Machine.X86;

/// <summary>Processors by what CPUID says of them.</summary>
internal static class Processors
{
    public const uint Hypervisor = 1u << 31;
    public const uint Deadline = 1u << 24;

    private const uint AllFeatures = uint.MaxValue;

    /// <summary>An Intel processor of family 6.</summary>
    public static FakeHostProcessor Intel(uint model, uint stepping = 0, uint ecx = Deadline, uint lastLeaf = 0x16)
    {
        FakeHostProcessor processor = new();
        processor.Set(0, 0, lastLeaf, 0x756E_6547, 0x6C65_746E, 0x4965_6E69);
        processor.Set(1, 0, ((model >> 4) << 16) | (6 << 8) | ((model & 0xF) << 4) | stepping, 0, ecx, AllFeatures);
        return processor;
    }

    /// <summary>An AMD processor of a family from 0Fh on.</summary>
    public static FakeHostProcessor Amd(uint family, uint ecx = 0)
    {
        FakeHostProcessor processor = new();
        processor.Set(0, 0, 0xD, 0x6874_7541, 0x444D_4163, 0x6974_6E65);
        processor.Set(1, 0, ((family - 0xF) << 20) | (0xF << 8), 0, ecx, AllFeatures);
        return processor;
    }
}
