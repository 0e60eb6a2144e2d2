using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Vmx;

/// <summary>Intel's virtualization extension, VMX with extended page tables (Intel SDM vol 3, chapters 24 to 31).</summary>
internal sealed unsafe class VmxVirtualization : IHostVirtualization
{
    // The EPT pointer (25.6.11): write-back tables, walks of four levels. Not the accessed and dirty flags, which nobody reads: with
    // them every walk of the guest's own tables would count as a write.
    private const ulong WriteBack = 6;
    private const int WalkLengthShift = 3;
    private const ulong WalkLengthLessOne = 3;

    private readonly VmxCapabilities _capabilities;
    private readonly ExtendedStateFormat _extendedState;
    private readonly VmxMsrBitmap _bitmap;
    private readonly uint _signature;
    private ushort _lastVpid;

    private VmxVirtualization(VmxCapabilities capabilities, ExtendedStateFormat extendedState, VmxMsrBitmap bitmap, uint signature)
    {
        _capabilities = capabilities;
        _extendedState = extendedState;
        _bitmap = bitmap;
        _signature = signature;
        NestedPages = PageTableFormat.IntelNested(capabilities.HasHugePages);
    }

    /// <inheritdoc/>
    public string Name => "vmx";

    /// <inheritdoc/>
    public string Features => _capabilities.Describe();

    /// <inheritdoc/>
    public string CapabilityWords => _capabilities.Words;

    /// <inheritdoc/>
    public PageTableFormat NestedPages { get; }

    /// <inheritdoc/>
    public bool UsesVmmcall => false;

    /// <summary>Finds out what VMX offers and enters VMX operation on this CPU.</summary>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static VmxVirtualization? Create(IHostProcessor processor, out string problem)
    {
        const uint LeafFeatures = 1;
        VmxCapabilities? capabilities = VmxCapabilities.Detect(processor, new HostMsrReader(), out problem);
        if (capabilities is null)
        {
            return null;
        }

        VmxMsrBitmap? bitmap = VmxMsrBitmap.Create();
        if (bitmap is null)
        {
            problem = "too little memory for the processor's MSR bitmap";
            return null;
        }

        VmxEntryChecks.Prepare();
        VmxVirtualization vmx = new(
            capabilities, new ExtendedStateFormat(processor), bitmap, processor.Cpuid(LeafFeatures, 0).Eax);
        if (!vmx.EnableCpu())
        {
            problem = "the processor refuses VMXON: firmware, or a hypervisor below, holds VMX (VT-x) for itself";
            return null;
        }

        return vmx;
    }

    /// <inheritdoc/>
    public bool EnableCpu() => VmxCpu.Enable(_capabilities, _extendedState);

    /// <inheritdoc/>
    public IVirtualProcessor? CreateProcessor(ulong nestedRoot)
    {
        const int VmcsPages = 1;
        const int ContextSize = 0x200;
        const int SlotSize = 0x200;
        const int RegisterSize = 0x80;
        int state = ContextSize + SlotSize + RegisterSize + ResidentState.MemorySize(_extendedState);
        byte* memory = _lastVpid == ushort.MaxValue ? null : HostPages.Allocate(VmcsPages + HostPages.Count(state));
        if (memory is null)
        {
            return null;
        }

        _lastVpid++;
        byte* context = memory + (VmcsPages * HostPages.Size);
        byte* slots = context + ContextSize;
        byte* registers = slots + SlotSize;
        byte* image = registers + RegisterSize;
        Vmcs vmcs = new(memory, (ulong*)slots, _capabilities.Revision);
        ResidentState resident = new(_extendedState, image, new ResidentRegisters(registers));
        ulong eptPointer = nestedRoot | (WalkLengthLessOne << WalkLengthShift) | WriteBack;
        return new VmxProcessor(
            _capabilities, _bitmap, vmcs, (GuestContext*)context, resident, eptPointer, _lastVpid, _signature);
    }
}
