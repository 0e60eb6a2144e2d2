using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// One CPU of the machine in VMX operation: the host state that every exit restores there, and the control structure that is
/// current. <c>docs/vmx.md</c> has the discipline of control structures and cached translations as a whole.
/// </summary>
internal sealed unsafe class VmxCpu : HostCpu
{
    // INVEPT and INVVPID types (Intel SDM vol 3, chapter 31).
    private const ulong SingleContext = 1;
    private const ulong AllContexts = 2;

    private readonly VirtualizationHost _host;
    private readonly VmxInstructions _instructions;
    private readonly VmxCapabilities _capabilities;

    private VmxCpu(
        VirtualizationHost host, VmxInstructions instructions, VmxCapabilities capabilities, SpeculationPolicy speculation)
        : base(speculation)
    {
        _host = host;
        _instructions = instructions;
        _capabilities = capabilities;
        host.Describe(out HostTables tables);
        Tables = tables;
        FsBase = host.ReadMsr(Msr.FsBase);
    }

    /// <summary>The control structure that is current here; null at first.</summary>
    public Vmcs? CurrentStructure { get; set; }

    /// <summary>This CPU's segments and tables.</summary>
    public HostTables Tables { get; }

    /// <summary>This CPU's FS base.</summary>
    public ulong FsBase { get; }

    /// <summary>Enters VMX operation on this CPU. Its FS base, task register and descriptor tables must be final.</summary>
    /// <returns>False when memory is lacking or the CPU refuses.</returns>
    public static bool Enable(
        VirtualizationHost host, VmxInstructions instructions, VmxCapabilities capabilities, ExtendedStateFormat format)
    {
        byte* region = host.AllocatePages(1);
        ulong featureControl = host.ReadMsr(Msr.FeatureControl);
        if (region is null || !VmxCapabilities.IsAllowed(featureControl))
        {
            return false;
        }

        ulong undecided = VmxCapabilities.FeatureControlToWrite(featureControl);
        if (undecided != 0)
        {
            host.WriteMsr(Msr.FeatureControl, undecided);
        }

        // Before the host's CR4 becomes the one that exits restore.
        ResidentState.EnableCpu(host, format);

        // Entries and exits leave CD and NW alone, so a CPU that had them would keep them.
        ulong cr0 = host.Cr0 & ~(ControlBits.Cr0NotWriteThrough | ControlBits.Cr0CacheDisable);
        host.Cr0 = (cr0 | capabilities.Cr0Fixed0) & capabilities.Cr0Fixed1;
        host.Cr4 = (host.Cr4 | capabilities.Cr4Fixed0) & capabilities.Cr4Fixed1;
        *(uint*)region = capabilities.Revision;
        if (!instructions.TryOn((ulong)region))
        {
            return false;
        }

        VmxCpu cpu = new(host, instructions, capabilities, SpeculationControl.EnableCpu(host));

        // Firmware may have used VMX before.
        cpu.InvalidateEpt(0);
        if (capabilities.HasVpid)
        {
            cpu.InvalidateVpid(0);
        }

        host.CurrentCpu = cpu;
        return true;
    }

    /// <summary>
    /// INVEPT: drops what this CPU has cached of one set of nested tables, or of all when it cannot tell them apart.
    /// </summary>
    /// <param name="eptPointer">The EPT pointer; 0 for all, as far as the processor can.</param>
    public void InvalidateEpt(ulong eptPointer)
    {
        bool all = _capabilities.HasAllInvept && (eptPointer == 0 || !_capabilities.HasSingleInvept);
        if (!all && eptPointer == 0)
        {
            return;
        }

        if (!_instructions.TryInvalidateEpt(all ? AllContexts : SingleContext, all ? 0 : eptPointer))
        {
            _host.Fail("INVEPT was refused"u8);
        }
    }

    /// <summary>
    /// INVVPID: drops what this CPU has cached for one guest processor, or for all when it cannot tell them apart.
    /// </summary>
    /// <param name="vpid">The identifier; 0 for all, as far as the processor can.</param>
    public void InvalidateVpid(ulong vpid)
    {
        bool all = _capabilities.HasAllInvvpid && (vpid == 0 || !_capabilities.HasSingleInvvpid);
        if (!all && vpid == 0)
        {
            return;
        }

        if (!_instructions.TryInvalidateVpid(all ? AllContexts : SingleContext, all ? 0 : vpid))
        {
            _host.Fail("INVVPID was refused"u8);
        }
    }
}
