namespace Hyperlaunch.Virtualization.Hosting;

/// <summary>
/// Segments and tables of a CPU of the machine: what an exit restores where the extension does not keep them itself.
/// </summary>
public struct HostTables
{
    /// <summary>Selector of the 64-bit code segment.</summary>
    public ushort Code;

    /// <summary>Selector of the data segment.</summary>
    public ushort Data;

    /// <summary>Selector of the task state segment.</summary>
    public ushort Task;

    /// <summary>Address of the task state.</summary>
    public ulong TaskBase;

    /// <summary>Address of the descriptor table.</summary>
    public ulong DescriptorTable;

    /// <summary>Address of the interrupt table.</summary>
    public ulong InterruptTable;
}
