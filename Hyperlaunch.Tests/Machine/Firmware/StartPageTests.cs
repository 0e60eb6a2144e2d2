using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public sealed class StartPageTests
{
    [Fact]
    public void The_usual_page_is_taken_where_it_is_memory()
        => Assert.Equal(0x8000UL, Find([Entry(0, 0x9_FC00, MemoryKind.Usable), Entry(0x9_FC00, 0xA_0000, MemoryKind.Reserved)]));

    [Fact]
    public void Where_firmware_keeps_the_usual_page_the_highest_whole_one_is_taken()
        => Assert.Equal(0x9_E000UL, Find([
            Entry(0, 0x8000, MemoryKind.Usable), Entry(0x8000, 0x9000, MemoryKind.Reserved),
            Entry(0x9000, 0x9_FC00, MemoryKind.Usable), Entry(0x9_FC00, 0xA_0000, MemoryKind.Reserved)]));

    [Fact]
    public void What_the_boot_loader_left_there_is_not_overwritten()
        => Assert.Equal(0x9_B000UL, Find(
            [Entry(0, 0x9_F000, MemoryKind.Usable)],
            MemoryRange.FromEnd(0x8800, 0x8801), MemoryRange.FromEnd(0x9_C010, 0x9_F000)));

    [Fact]
    public void Without_memory_below_one_MiB_there_is_none()
    {
        Assert.Equal(0UL, Find([]));
        Assert.Equal(0UL, Find([Entry(0x10_0000, 0x1000_0000, MemoryKind.Usable)]));
        Assert.Equal(0UL, Find([Entry(0, 0x1000, MemoryKind.Usable)]));
    }

    private static ulong Find(MemoryMapEntry[] map, params MemoryRange[] used) => StartPage.Find(map, used);

    private static MemoryMapEntry Entry(ulong start, ulong end, MemoryKind kind) => new(MemoryRange.FromEnd(start, end), kind);
}
