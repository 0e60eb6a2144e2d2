using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// One module that the boot loader put into memory, or that a configuration located there: where it lies, and the string that
/// came with it, whichever boot protocol it came from. What it is used as is for the launch plan to say.
/// </summary>
public sealed class BootModule
{
    /// <summary>Makes the description of a module.</summary>
    /// <param name="index">Its place in the boot loader's order, from 0.</param>
    /// <param name="range">Where it lies in physical memory.</param>
    /// <param name="commandLine">The string that came with it, as the boot loader gave it.</param>
    public BootModule(int index, MemoryRange range, string commandLine)
    {
        Index = index;
        Range = range;
        CommandLine = commandLine;
    }

    /// <summary>The place in the boot loader's order, from 0.</summary>
    public int Index { get; }

    /// <summary>Where it lies in physical memory.</summary>
    public MemoryRange Range { get; }

    /// <summary>The string that came with it; empty when there was none.</summary>
    public string CommandLine { get; }
}
