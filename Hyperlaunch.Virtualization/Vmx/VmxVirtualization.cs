using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Intel's virtualization extension, VMX with extended page tables (Intel SDM vol 3, chapters 24 to 31).</summary>
internal sealed unsafe class VmxVirtualization : IHostVirtualization
{
    // The EPT pointer (25.6.11): write-back tables, walks of four levels. Not the accessed and dirty flags, which nobody reads:
    // with them every walk of the guest's own tables would count as a write.
    private const ulong WriteBack = 6;
    private const int WalkLengthShift = 3;
    private const ulong WalkLengthLessOne = 3;

    private readonly VirtualizationHost _host;
    private readonly VmxInstructions _instructions;
    private readonly VmxCapabilities _capabilities;
    private readonly ExtendedStateFormat _extendedState;
    private readonly VmxMsrBitmap _bitmap;
    private readonly uint _signature;
    private readonly ulong _allowedCr4;
    private ushort _lastVpid;
    private SpeculationPolicy? _speculation;

    private VmxVirtualization(
        VirtualizationHost host,
        VmxInstructions instructions,
        VmxCapabilities capabilities,
        ExtendedStateFormat extendedState,
        VmxMsrBitmap bitmap,
        uint signature)
    {
        _host = host;
        _instructions = instructions;
        _capabilities = capabilities;
        _extendedState = extendedState;
        _bitmap = bitmap;
        _signature = signature;
        _allowedCr4 = Cr4Policy.AllowedBits(new CpuidPolicy(host.Processor));
        NestedPages = PageTableFormat.IntelNested(capabilities.HasHugePages);
    }

    /// <inheritdoc/>
    public string Name => "vmx";

    /// <inheritdoc/>
    public string Features => _capabilities.Describe();

    /// <inheritdoc/>
    public string CapabilityWords => _capabilities.Words;

    /// <inheritdoc/>
    public PageTableFormat NestedPages { get; private set; }

    /// <inheritdoc/>
    public SpeculationPolicy Speculation => _speculation!;

    /// <inheritdoc/>
    public bool UsesVmmcall => false;

    /// <summary>Finds out what VMX offers and enters VMX operation on this CPU.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="instructions">How its instructions are executed.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static VmxVirtualization? Create(VirtualizationHost host, VmxInstructions instructions, out string problem)
    {
        const uint LeafFeatures = 1;
        VmxCapabilities? capabilities = VmxCapabilities.Detect(host, out problem);
        if (capabilities is null)
        {
            return null;
        }

        VmxMsrBitmap? bitmap = VmxMsrBitmap.Create(host);
        if (bitmap is null)
        {
            problem = "too little memory for the processor's MSR bitmap";
            return null;
        }

        IHostProcessor processor = host.Processor;
        VmxVirtualization vmx = new(
            host, instructions, capabilities, new ExtendedStateFormat(processor), bitmap, processor.Cpuid(LeafFeatures, 0).Eax);
        if (!vmx.EnableCpu())
        {
            problem = "the processor refuses VMXON: firmware, or a hypervisor below, holds VMX (VT-x) for itself";
            return null;
        }

        // What one CPU says of machine checks holds for the machine: CPUs that share tables are of one kind.
        vmx.NestedPages = PageTableFormat.IntelNested(capabilities.HasHugePages, vmx.Speculation.ExecutesSmallPagesOnly);
        return vmx;
    }

    /// <inheritdoc/>
    public bool EnableCpu()
    {
        bool isEnabled = VmxCpu.Enable(_host, _instructions, _capabilities, _extendedState);
        _speculation = isEnabled ? _host.CurrentCpu!.Speculation : _speculation;
        return isEnabled;
    }

    /// <inheritdoc/>
    public IVirtualProcessor? CreateProcessor(ulong nestedRoot)
    {
        const int VmcsPages = 1;
        const int ContextSize = 0x200;
        const int SlotSize = 0x200;
        const int RegisterSize = 0x80;
        int state = ContextSize + SlotSize + RegisterSize + ResidentState.MemorySize(_extendedState);
        byte* memory = _lastVpid == ushort.MaxValue ? null : _host.AllocatePages(VmcsPages + VirtualizationHost.PagesFor(state));
        if (memory is null)
        {
            return null;
        }

        _lastVpid++;
        byte* context = memory + (VmcsPages * VirtualizationHost.PageSize);
        byte* slots = context + ContextSize;
        byte* registers = slots + SlotSize;
        byte* image = registers + RegisterSize;
        Vmcs vmcs = new(_host, _instructions, memory, (ulong*)slots, _capabilities.Revision);
        ResidentState resident = new(_host, _extendedState, image, new ResidentRegisters(_host, registers));
        ulong eptPointer = nestedRoot | (WalkLengthLessOne << WalkLengthShift) | WriteBack;
        return new VmxProcessor(
            _host, _instructions, _capabilities, _bitmap, vmcs, (GuestContext*)context, resident, eptPointer, _lastVpid,
                _signature, _allowedCr4);
    }
}
