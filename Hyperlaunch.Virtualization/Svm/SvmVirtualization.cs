using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>AMD's virtualization extension, SVM with nested paging (AMD APM vol 2, chapter 15).</summary>
internal sealed unsafe class SvmVirtualization : IHostVirtualization
{
    private readonly VirtualizationHost _host;
    private readonly SvmInstructions _instructions;
    private readonly SvmCapabilities _capabilities;
    private readonly ExtendedStateFormat _extendedState;
    private readonly SvmPermissionMaps _maps;
    private readonly uint _signature;
    private readonly ulong _allowedCr4;
    private SpeculationPolicy? _speculation;

    private SvmVirtualization(
        VirtualizationHost host,
        SvmInstructions instructions,
        SvmCapabilities capabilities,
        ExtendedStateFormat extendedState,
        SvmPermissionMaps maps,
        uint signature)
    {
        _host = host;
        _instructions = instructions;
        _capabilities = capabilities;
        _extendedState = extendedState;
        _maps = maps;
        _signature = signature;
        _allowedCr4 = Cr4Policy.AllowedBits(new CpuidPolicy(host.Processor));
    }

    /// <inheritdoc/>
    public string Name => "svm";

    /// <inheritdoc/>
    public string Features => _capabilities.Describe();

    /// <inheritdoc/>
    public string CapabilityWords => _capabilities.Words;

    /// <inheritdoc/>
    public PageTableFormat NestedPages => PageTableFormat.AmdNested;

    /// <inheritdoc/>
    public SpeculationPolicy Speculation => _speculation!;

    /// <inheritdoc/>
    public bool UsesVmmcall => true;

    /// <summary>Finds SVM and enables it on this CPU.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="instructions">How its instructions are executed.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static SvmVirtualization? Create(VirtualizationHost host, SvmInstructions instructions, out string problem)
    {
        const uint LeafFeatures = 1;
        SvmCapabilities? capabilities = SvmCapabilities.Detect(host, out problem);
        if (capabilities is null)
        {
            return null;
        }

        SvmPermissionMaps? maps = SvmPermissionMaps.Create(host);
        if (maps is null)
        {
            problem = "too little memory for the processor's permission maps";
            return null;
        }

        IHostProcessor processor = host.Processor;
        SvmVirtualization svm = new(
            host, instructions, capabilities, new ExtendedStateFormat(processor), maps, processor.Cpuid(LeafFeatures, 0).Eax);
        if (!svm.EnableCpu())
        {
            problem = "too little memory to enable SVM";
            return null;
        }

        return svm;
    }

    /// <inheritdoc/>
    public bool EnableCpu()
    {
        bool isEnabled = SvmCpu.Enable(_host, _instructions, _capabilities, _extendedState);
        _speculation = isEnabled ? _host.CurrentCpu!.Speculation : _speculation;
        return isEnabled;
    }

    /// <inheritdoc/>
    public IVirtualProcessor? CreateProcessor(ulong nestedRoot)
    {
        const int VmcbPages = 1;
        const int ContextSize = 0x200;
        int pages = VmcbPages + VirtualizationHost.PagesFor(ContextSize + ResidentState.MemorySize(_extendedState));
        byte* memory = _host.AllocatePages(pages);
        if (memory is null)
        {
            return null;
        }

        byte* context = memory + (VmcbPages * VirtualizationHost.PageSize);
        ResidentState resident = new(_host, _extendedState, context + ContextSize, null);
        return new SvmProcessor(
            _host, _instructions, _capabilities, _maps, (Vmcb*)memory, (GuestContext*)context, resident, nestedRoot,
            _signature, _allowedCr4);
    }
}
