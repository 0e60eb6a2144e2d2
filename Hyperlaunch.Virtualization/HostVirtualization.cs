using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;
using Hyperlaunch.Virtualization.Svm;
using Hyperlaunch.Virtualization.Vmx;

namespace Hyperlaunch.Virtualization;

/// <summary>The one place that decides which virtualization extension runs the guests.</summary>
public static class HostVirtualization
{
    private const uint LeafFeatures = 1;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafExtendedFeatures = 0x8000_0001;

    // CPUID 8000_0001, ECX; CPUID 1, ECX, which a hypervisor below sets (AMD APM vol 3, appendix E.3.2).
    private const uint FeatureSvm = 1u << 2;
    private const uint FeatureVmx = 1u << 5;
    private const uint FeatureHypervisor = 1u << 31;

    /// <summary>Finds the processor's extension and enables it on this CPU.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="svm">How SVM's instructions are executed.</param>
    /// <param name="vmx">How VMX's instructions are executed.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static IHostVirtualization? Create(
        VirtualizationHost host, SvmInstructions svm, VmxInstructions vmx, out string problem)
    {
        IHostProcessor processor = host.Processor;
        uint features = processor.Cpuid(LeafFeatures, 0).Ecx;
        if ((features & FeatureVmx) != 0)
        {
            return VmxVirtualization.Create(host, vmx, out problem);
        }

        bool hasExtended = processor.Cpuid(LeafExtendedMaximum, 0).Eax >= LeafExtendedFeatures;
        if (hasExtended && (processor.Cpuid(LeafExtendedFeatures, 0).Ecx & FeatureSvm) != 0)
        {
            return SvmVirtualization.Create(host, svm, out problem);
        }

        problem = (features & FeatureHypervisor) != 0
            ? "this virtual machine shows neither SVM (AMD-V) nor VMX (VT-x): turn on nested virtualization in the hypervisor "
                + "below"
            : "this processor shows neither SVM (AMD-V) nor VMX (VT-x): enable virtualization in the firmware setup, if it has "
                + "it";
        return null;
    }
}
