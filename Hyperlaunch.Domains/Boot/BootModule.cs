namespace Hyperlaunch.Domains.Boot;

/// <summary>
/// One module that the boot loader put into memory: the only place where its range, its string, its kind, the headroom it needs
/// and its owners are kept, whichever boot protocol it came from.
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

    /// <summary>What it is used as.</summary>
    public ModuleKind Kind { get; set; }

    /// <summary>
    /// Bytes that its image needs beyond its own size, to unpack itself in place; 0 for what is not a packed kernel.
    /// </summary>
    public ulong Headroom { get; set; }

    /// <summary>How many domains are built from it.</summary>
    public int Owners { get; set; }
}
