using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Kernel.Svm;
using Hyperlaunch.Kernel.Vmx;

namespace Hyperlaunch.Kernel.Machine;

/// <summary>The one place that decides which virtualization extension runs the guests.</summary>
internal static class HostVirtualization
{
    private const uint LeafFeatures = 1;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafExtendedFeatures = 0x8000_0001;

    // CPUID 8000_0001, ECX; CPUID 1, ECX, which a hypervisor below sets (AMD APM vol 3, appendix E.3.2).
    private const uint FeatureSvm = 1u << 2;
    private const uint FeatureVmx = 1u << 5;
    private const uint FeatureHypervisor = 1u << 31;

    /// <summary>Finds the processor's extension and enables it on this CPU.</summary>
    /// <param name="processor">The machine's processor.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static IHostVirtualization? Create(IHostProcessor processor, out string problem)
    {
        uint features = processor.Cpuid(LeafFeatures, 0).Ecx;
        if ((features & FeatureVmx) != 0)
        {
            return VmxVirtualization.Create(processor, out problem);
        }

        bool hasExtended = processor.Cpuid(LeafExtendedMaximum, 0).Eax >= LeafExtendedFeatures;
        if (hasExtended && (processor.Cpuid(LeafExtendedFeatures, 0).Ecx & FeatureSvm) != 0)
        {
            return SvmVirtualization.Create(processor, out problem);
        }

        problem = (features & FeatureHypervisor) != 0
            ? "this virtual machine shows neither SVM (AMD-V) nor VMX (VT-x): turn on nested virtualization in the hypervisor below"
            : "this processor shows neither SVM (AMD-V) nor VMX (VT-x): enable virtualization in the firmware setup, if it has it";
        return null;
    }
}
