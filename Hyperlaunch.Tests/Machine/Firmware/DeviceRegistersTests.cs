using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public sealed class DeviceRegistersTests
{
    private static readonly MemoryMapEntry[] s_map =
    [
        new(MemoryRange.FromEnd(0x10_0000, 0x8000_0000), MemoryKind.Usable),
        new(MemoryRange.FromEnd(0x8000_0000, 0x8010_0000), MemoryKind.AcpiNonVolatile),
        new(MemoryRange.FromEnd(0xFEC0_0000, 0xFED0_0000), MemoryKind.Reserved),
    ];

    [Theory]
    [InlineData(0xFEC0_0000UL, true, "where PCs have I/O APICs, reserved")]
    [InlineData(0xFD28_0000UL, true, "elsewhere among the devices")]
    [InlineData(0x40_FED0_0000UL, true, "above all memory")]
    [InlineData(0x7FFF_FFF0UL, false, "the last bytes of memory")]
    [InlineData(0x8000_8000UL, false, "firmware's memory")]
    [InlineData(0x0UL, false, "nowhere")]
    [InlineData(0xF_0000UL, false, "the first MiB")]
    [InlineData(0xFFFF_FFFF_FFFF_FFF0UL, false, "beyond the end")]
    public void Registers_lie_where_no_memory_is(ulong address, bool canLie, string because)
        => Assert.True(canLie == DeviceRegisters.CanLieAt(MemoryRange.FromLength(address, 0x20), s_map), because);
}
