namespace Hyperlaunch.Modules.Boot;

/// <summary>What is wrong with boot information.</summary>
public enum BootProblemKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It lies where the hypervisor reaches no memory.</summary>
    Unreachable,

    /// <summary>It is shorter than its fixed part.</summary>
    TooShort,

    /// <summary>Its stated size is larger than any boot loader's, or than the bytes there are.</summary>
    TooLarge,

    /// <summary>A tag is shorter than what its type holds.</summary>
    TagTooShort,

    /// <summary>A tag runs past the end; it and what follows are lost.</summary>
    TagPastEnd,

    /// <summary>There is no end tag.</summary>
    NoEndTag,

    /// <summary>A module ends before it starts, or is empty; it keeps its index with an empty range.</summary>
    ModuleRange,

    /// <summary>A module lies outside the usable memory; it keeps its index with an empty range.</summary>
    ModuleOutsideMemory,

    /// <summary>A module overlaps an earlier one; it keeps its index with an empty range.</summary>
    ModuleOverlap,

    /// <summary>There are more modules than any launch uses; the rest are left out.</summary>
    TooManyModules,

    /// <summary>A string has no end within its bounds, and is cut.</summary>
    StringTooLong,

    /// <summary>The memory map's entries have an impossible size.</summary>
    MemoryMapEntrySize,

    /// <summary>The memory map has more entries than are read; the rest are left out.</summary>
    TooManyMemoryMapEntries,

    /// <summary>There is no usable memory in it.</summary>
    NoMemory,

    /// <summary>The screen's figures contradict each other; it is left out.</summary>
    Framebuffer,
}
