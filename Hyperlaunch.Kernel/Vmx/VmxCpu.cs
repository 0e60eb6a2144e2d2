using System;

using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Vmx;

/// <summary>
/// One CPU of the machine in VMX operation: the host state that every exit restores there, and the control structure that is current.
/// <c>docs/vmx.md</c> has the discipline of control structures and cached translations as a whole.
/// </summary>
internal sealed unsafe class VmxCpu
{
    // INVEPT and INVVPID types (Intel SDM vol 3, chapter 31).
    private const ulong SingleContext = 1;
    private const ulong AllContexts = 2;

    // CR0: AMD APM vol 2, 3.1.1. Entries and exits leave these two alone, so a CPU that had them would keep them.
    private const ulong Cr0NotWriteThrough = 1 << 29;
    private const ulong Cr0CacheDisable = 1 << 30;

    [ThreadStatic]
    private static VmxCpu? t_current;

    private readonly VmxCapabilities _capabilities;

    private VmxCpu(VmxCapabilities capabilities)
    {
        _capabilities = capabilities;
        TaskState = CpuArea.TaskStateAddress;
        DescriptorTable = CpuArea.DescriptorTable;
        FsBase = Processor.ReadMsr(GuestMsr.FsBase);
    }

    /// <summary>The CPU that executes this, or null before <see cref="Enable"/>.</summary>
    public static VmxCpu? Current => t_current;

    /// <summary>The control structure that is current here; null at first.</summary>
    public Vmcs? CurrentStructure { get; set; }

    /// <summary>Address of this CPU's task state.</summary>
    public ulong TaskState { get; }

    /// <summary>Address of this CPU's descriptor table.</summary>
    public ulong DescriptorTable { get; }

    /// <summary>This CPU's FS base.</summary>
    public ulong FsBase { get; }

    /// <summary>Enters VMX operation on this CPU. Its FS base, task register and descriptor tables must be final.</summary>
    /// <returns>False when memory is lacking or the CPU refuses.</returns>
    public static bool Enable(VmxCapabilities capabilities, ExtendedStateFormat format)
    {
        byte* region = HostPages.Allocate(1);
        ulong featureControl = Processor.ReadMsr(VmxMsr.FeatureControl);
        if (region is null || !VmxCapabilities.IsAllowed(featureControl))
        {
            return false;
        }

        ulong undecided = VmxCapabilities.FeatureControlToWrite(featureControl);
        if (undecided != 0)
        {
            Processor.WriteMsr(VmxMsr.FeatureControl, undecided);
        }

        // Before the host's CR4 becomes the one that exits restore.
        ResidentState.EnableCpu(format);
        ulong cr0 = Processor.ReadCr0() & ~(Cr0NotWriteThrough | Cr0CacheDisable);
        Processor.WriteCr0((cr0 | capabilities.Cr0Fixed0) & capabilities.Cr0Fixed1);
        Processor.WriteCr4((Processor.ReadCr4() | capabilities.Cr4Fixed0) & capabilities.Cr4Fixed1);
        *(uint*)region = capabilities.Revision;
        if (VmxInstructions.On((ulong)region) != 0)
        {
            return false;
        }

        VmxCpu cpu = new(capabilities);

        // Firmware may have used VMX before.
        cpu.InvalidateEpt(0);
        if (capabilities.HasVpid)
        {
            cpu.InvalidateVpid(0);
        }

        t_current = cpu;
        return true;
    }

    /// <summary>INVEPT: drops what this CPU has cached of one set of nested tables, or of all when it cannot tell them apart.</summary>
    /// <param name="eptPointer">The EPT pointer; 0 for all, as far as the processor can.</param>
    public void InvalidateEpt(ulong eptPointer)
    {
        bool all = _capabilities.HasAllInvept && (eptPointer == 0 || !_capabilities.HasSingleInvept);
        if (!all && eptPointer == 0)
        {
            return;
        }

        if (VmxInstructions.InvalidateEpt(all ? AllContexts : SingleContext, all ? 0 : eptPointer) != 0)
        {
            Panic.Stop("INVEPT was refused"u8);
        }
    }

    /// <summary>INVVPID: drops what this CPU has cached for one guest processor, or for all when it cannot tell them apart.</summary>
    /// <param name="vpid">The identifier; 0 for all, as far as the processor can.</param>
    public void InvalidateVpid(ulong vpid)
    {
        bool all = _capabilities.HasAllInvvpid && (vpid == 0 || !_capabilities.HasSingleInvvpid);
        if (!all && vpid == 0)
        {
            return;
        }

        if (VmxInstructions.InvalidateVpid(all ? AllContexts : SingleContext, all ? 0 : vpid) != 0)
        {
            Panic.Stop("INVVPID was refused"u8);
        }
    }
}
