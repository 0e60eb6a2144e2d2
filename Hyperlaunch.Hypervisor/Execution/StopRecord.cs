namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>How a domain ended: enough to see what its processor was doing.</summary>
public struct StopRecord
{
    /// <summary>Why it stopped.</summary>
    public StopReason Reason;

    /// <summary>The processor that stopped it; -1 when it was none of its own.</summary>
    public int ProcessorIndex;

    /// <summary>The exit that could not be completed, where there was one.</summary>
    public VmExit Exit;

    /// <summary>RIP.</summary>
    public ulong Rip;

    /// <summary>RSP.</summary>
    public ulong Rsp;

    /// <summary>RFLAGS.</summary>
    public ulong Rflags;

    /// <summary>CR0.</summary>
    public ulong Cr0;

    /// <summary>CR2.</summary>
    public ulong Cr2;

    /// <summary>CR3.</summary>
    public ulong Cr3;

    /// <summary>CR4.</summary>
    public ulong Cr4;

    /// <summary>EFER.</summary>
    public ulong Efer;

    /// <summary>The CS selector.</summary>
    public ushort Cs;
}
