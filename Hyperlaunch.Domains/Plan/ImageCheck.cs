using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Images;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Looks into the domains' kernels: whether they can be started, what headroom they need, and, by asking the domain builder, whether
/// they, their ramdisk and their command line fit into the domain.
/// </summary>
internal static class ImageCheck
{
    private const DomainModes Unusable = DomainModes.Paravirtualized | DomainModes.DeviceModel;

    /// <summary>Looks into every domain's kernel, where its bytes are at hand.</summary>
    internal static void Run(DomainPlan[] domains, PlanInput input, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (domain.Kernel != null)
            {
                CheckKernel(domain, domain.Kernel, input, problems);
            }

            if (domain.IsLaunchable && (domain.RequestedMode & Unusable) == DomainModes.Paravirtualized)
            {
                problems.Note(
                    ProblemRule.Paravirtualized, domain.Path, "mode", "paravirtualization (1)", "",
                    "This hypervisor has no such mode; the domain is launched hardware-assisted, by its PVH entry or Linux boot header.");
            }
        }
    }

    /// <summary>Checks that everything fits into the domains, once it is known how much memory each gets.</summary>
    internal static void CheckRoom(DomainPlan[] domains, BootModule[] modules, PlanInput input, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (domain.Kernel == null || !domain.IsLaunchable || !KernelImage.TryParse(input.Bytes.Get(domain.Kernel), out KernelImage kernel, out _))
            {
                continue;
            }

            ReadOnlySpan<byte> ramdisk = domain.Ramdisk == null ? default : input.Bytes.Get(domain.Ramdisk);
            BootMaterial material = BootDomainMaterial.Of(domain, modules, input.Bytes);
            DomainImage image = new(kernel, ramdisk, domain.CommandLine, (int)domain.VirtualCpus, StartFlags.None, material);
            if (!DomainImageBuilder.TryPlan(image, new MemoryLayout(domain.MemoryKib << 10), out _, out ConstructionProblem problem))
            {
                Report(domain, problem, problems);
            }
        }
    }

    private static void CheckKernel(DomainPlan domain, BootModule kernel, PlanInput input, PlanProblems problems)
    {
        ReadOnlySpan<byte> image = input.Bytes.Get(kernel);
        bool isOutOfSight = image.IsEmpty && (!kernel.Range.IsEmpty || input.OnlyTree);
        if (isOutOfSight)
        {
            return;
        }

        if (KernelImage.TryParse(image, out KernelImage parsed, out ImageProblem problem))
        {
            kernel.Headroom = parsed.Headroom;
        }
        else
        {
            problems.StopDomain(
                domain, ProblemRule.KernelImage, domain.KernelPath, "",
                "module " + PlanText.Decimal((ulong)kernel.Index) + ", which is no kernel that can be started",
                "a bzImage, or an ELF file with a PVH entry note", problem.Describe());
        }
    }

    private static void Report(DomainPlan domain, ConstructionProblem problem, PlanProblems problems)
    {
        if (problem.Kind == ConstructionProblemKind.CommandLine)
        {
            problems.StopDomain(
                domain, ProblemRule.CommandLineTooLong, domain.KernelPath, "",
                PlanText.Decimal(problem.Found) + " characters of command line", "at most " + PlanText.Decimal(problem.Expected),
                "Shorten it; the kernel would cut it.");
        }
        else
        {
            problems.StopDomain(
                domain, ProblemRule.ImageDoesNotFit, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
                "room for the kernel with what it needs to unpack itself, and for its ramdisk",
                problem.Describe() + " Give the domain more memory; the amount is in KiB.");
        }
    }
}
