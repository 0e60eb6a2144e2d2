using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Where the builder puts what a kernel is started with: in conventional memory, above the first page, which old code takes for
/// the real-mode vectors, and far below its end, where Linux puts its trampolines. The kernel may overwrite all of it once it has
/// read it.
/// </summary>
internal static class BootStructures
{
    /// <summary>The global descriptor table.</summary>
    public const ulong Gdt = 0x1000;

    /// <summary>Linux's zero page.</summary>
    public const ulong ZeroPage = 0x2000;

    /// <summary>PVH's start info, with the module list and the memory map behind it.</summary>
    public const ulong StartInfo = 0x3000;

    /// <summary>
    /// The identity mapping of the first 4 GiB for the 64-bit entry: one table each of levels 4 and 3, four of level 2.
    /// </summary>
    public const ulong PageTables = 0x4000;

    /// <summary>Bytes of these tables.</summary>
    public const ulong PageTablesLength = (1 + 1 + 4) * PageSizes.Page;

    /// <summary>The command line.</summary>
    public const ulong CommandLine = 0x1_0000;

    /// <summary>The longest command line that there is room for, without its end mark.</summary>
    public const uint CommandLineRoom = 0xFFFF;

    /// <summary>The selector of the flat code segment, which Linux demands (boot.rst, <c>__BOOT_CS</c>).</summary>
    public const ushort CodeSelector = 0x10;

    /// <summary>The selector of the flat data segment (boot.rst, <c>__BOOT_DS</c>).</summary>
    public const ushort DataSelector = 0x18;

    /// <summary>The last byte of the descriptor table.</summary>
    public const ushort GdtLimit = 0x1F;
}
