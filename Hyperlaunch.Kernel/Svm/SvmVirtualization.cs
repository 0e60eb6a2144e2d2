using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Svm;

/// <summary>AMD's virtualization extension, SVM with nested paging (AMD APM vol 2, chapter 15).</summary>
internal sealed unsafe class SvmVirtualization : IHostVirtualization
{
    private readonly SvmCapabilities _capabilities;
    private readonly ExtendedStateFormat _extendedState;
    private readonly SvmPermissionMaps _maps;
    private readonly uint _signature;

    private SvmVirtualization(SvmCapabilities capabilities, ExtendedStateFormat extendedState, SvmPermissionMaps maps, uint signature)
    {
        _capabilities = capabilities;
        _extendedState = extendedState;
        _maps = maps;
        _signature = signature;
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
    public bool UsesVmmcall => true;

    /// <summary>Finds SVM and enables it on this CPU.</summary>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static SvmVirtualization? Create(IHostProcessor processor, out string problem)
    {
        const uint LeafFeatures = 1;
        SvmCapabilities? capabilities = SvmCapabilities.Detect(processor, out problem);
        if (capabilities is null)
        {
            return null;
        }

        SvmPermissionMaps? maps = SvmPermissionMaps.Create();
        if (maps is null)
        {
            problem = "too little memory for the processor's permission maps";
            return null;
        }

        SvmVirtualization svm = new(
            capabilities, new ExtendedStateFormat(processor), maps, processor.Cpuid(LeafFeatures, 0).Eax);
        if (!svm.EnableCpu())
        {
            problem = "too little memory to enable SVM";
            return null;
        }

        return svm;
    }

    /// <inheritdoc/>
    public bool EnableCpu() => SvmCpu.Enable(_capabilities, _extendedState);

    /// <inheritdoc/>
    public IVirtualProcessor? CreateProcessor(ulong nestedRoot)
    {
        const int VmcbPages = 1;
        const int ContextSize = 0x200;
        int pages = VmcbPages + HostPages.Count(ContextSize + ResidentState.MemorySize(_extendedState));
        byte* memory = HostPages.Allocate(pages);
        if (memory is null)
        {
            return null;
        }

        byte* context = memory + (VmcbPages * HostPages.Size);
        ResidentState resident = new(_extendedState, context + ContextSize, null);
        return new SvmProcessor(_capabilities, _maps, (Vmcb*)memory, (GuestContext*)context, resident, nestedRoot, _signature);
    }
}
