using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// Which bits of CR4 are a guest's: a bit of a feature that CPUID does not show it is reserved, as on a processor without the
/// feature (AMD APM volume 2, section 3.1.3; Intel SDM volume 3, 2.5).
/// </summary>
public static class Cr4Policy
{
    private const uint LeafFeatures = 1;
    private const uint LeafStructuredFeatures = 7;

    /// <summary>The bits that a guest may set: those of what it is shown, and PCE, which every processor has.</summary>
    /// <param name="cpuid">What the guest is shown.</param>
    public static ulong AllowedBits(CpuidPolicy cpuid)
    {
        CpuidView view = default;
        CpuidResult basic = cpuid.Answer(LeafFeatures, 0, view);
        CpuidResult structured
            = cpuid.Answer(0, 0, view).Eax < LeafStructuredFeatures ? default : cpuid.Answer(LeafStructuredFeatures, 0, view);
        return ControlBits.Cr4PerformanceCounters | OfLeaf1(basic) | OfLeaf7(structured);
    }

    private static ulong OfLeaf1(CpuidResult leaf)
        => When(leaf.Edx, 1, ControlBits.Cr4Virtual8086Extensions | ControlBits.Cr4ProtectedVirtualInterrupts)
            | When(leaf.Edx, 2, ControlBits.Cr4DebuggingExtensions)
            | When(leaf.Edx, 3, ControlBits.Cr4PageSizeExtension)
            | When(leaf.Edx, 4, ControlBits.Cr4TimeStampDisable)
            | When(leaf.Edx, 6, ControlBits.Cr4PhysicalAddressExtension)
            | When(leaf.Edx, 13, ControlBits.Cr4GlobalPages)
            | When(leaf.Edx, 24, ControlBits.Cr4OsFxsr)
            | When(leaf.Edx, 25, ControlBits.Cr4OsSimdExceptions)
            | When(leaf.Ecx, 17, ControlBits.Cr4ProcessContextIds)
            | When(leaf.Ecx, 26, ControlBits.Cr4OsXsave);

    private static ulong OfLeaf7(CpuidResult leaf)
        => When(leaf.Ebx, 0, ControlBits.Cr4FsGsBase)
            | When(leaf.Ebx, 7, ControlBits.Cr4SupervisorExecutionPrevention)
            | When(leaf.Ebx, 20, ControlBits.Cr4SupervisorAccessPrevention)
            | When(leaf.Ecx, 2, ControlBits.Cr4UserModeInstructionPrevention);

    private static ulong When(uint features, int bit, ulong controls) => (features & (1u << bit)) != 0 ? controls : 0;
}
