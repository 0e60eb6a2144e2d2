using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class MemoryTypeRangesTests
{
    private static readonly uint[] s_all =
    [
        0x2FF, 0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F, 0x200, 0x201, 0x202, 0x203,
    ];

    private readonly FakeModelRegisters _registers = new();

    public MemoryTypeRangesTests()
    {
        _registers[0xFE] = 0x102;
        foreach (uint register in s_all)
        {
            _registers[register] = register * 3;
        }
    }

    [Fact]
    public void Two_CPUs_with_the_same_registers_do_not_differ()
        => Assert.Equal(0u, new MemoryTypeRanges(Processors.Intel(0x55), _registers).FindDifference(_registers));

    [Fact]
    public void Any_register_that_differs_is_named()
    {
        MemoryTypeRanges boot = new(Processors.Intel(0x55), _registers);
        foreach (uint register in s_all)
        {
            ulong value = _registers[register];
            _registers[register] = value ^ 0x800;
            Assert.Equal(register, boot.FindDifference(_registers));
            _registers[register] = value;
        }
    }

    [Fact]
    public void Without_fixed_ranges_only_the_others_are_compared()
    {
        _registers[0xFE] = 2;
        MemoryTypeRanges boot = new(Processors.Intel(0x55), _registers);
        _registers[0x250] = 1;

        Assert.Equal(0u, boot.FindDifference(_registers));
    }

    [Fact]
    public void A_processor_without_ranges_has_nothing_to_compare()
    {
        FakeHostProcessor processor = Processors.Intel(0x55);
        processor.Set(1, 0, 0, 0, 0, 0);
        MemoryTypeRanges boot = new(processor, _registers);

        Assert.Equal(0u, boot.FindDifference(new FakeModelRegisters()));
    }
}
