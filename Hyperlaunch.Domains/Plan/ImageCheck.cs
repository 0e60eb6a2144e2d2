using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Looks into the domains' kernels: whether they can be started, what headroom they need, and, by asking the domain builder,
/// whether they, their ramdisk and their command line fit into the domain.
/// </summary>
internal static class ImageCheck
{
    private const DomainModes Unusable = DomainModes.Paravirtualized | DomainModes.DeviceModel;

    /// <summary>Looks into every domain's kernel, where its bytes are at hand.</summary>
    internal static void Run(DomainDraft[] domains, PlanInput input, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (domain.Kernel is not null)
            {
                CheckKernel(domain, domain.Kernel, input, problems);
            }

            if (domain.IsLaunchable && (domain.RequestedMode & Unusable) == DomainModes.Paravirtualized)
            {
                problems.Report(ProblemRule.Paravirtualized, domain.Path, "mode", "paravirtualization (1)");
            }
        }
    }

    /// <summary>Checks that everything fits into the domains, once it is known how much memory each gets.</summary>
    internal static void CheckRoom(DomainDraft[] domains, ModuleUse[] modules, PlanInput input, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (domain.Kernel is null || !domain.IsLaunchable
                || !KernelImage.TryParse(input.Bytes.Get(domain.Kernel.Module), out KernelImage kernel, out _))
            {
                continue;
            }

            ReadOnlySpan<byte> ramdisk = domain.Ramdisk is null ? default : input.Bytes.Get(domain.Ramdisk.Module);
            BootMaterial material = BootDomainMaterial.Of(domain.Roles, domain.Configuration?.Module, modules, input.Bytes);
            DomainImage image = new(kernel, ramdisk, domain.CommandLine, (int)domain.VirtualCpus, StartFlags.None, material);
            if (!DomainImageBuilder.TryPlan(image, LayoutOf(domain), out _, out ConstructionProblem problem))
            {
                Report(domain, problem, problems);
            }
        }
    }

    // Where a direct-mapped domain's memory will lie is not known yet: in one piece below 3 GiB for sure, if all goes well.
    private static MemoryLayout LayoutOf(DomainDraft domain)
    {
        ulong size = domain.MemoryKib << 10;
        if (!domain.IsDirectMapped || size < 2 * PageSizes.Chunk)
        {
            return new MemoryLayout(size);
        }

        ulong length = Math.Min(SafeSize.AlignUp(size, PageSizes.Chunk), 2 * PageSizes.Gigabyte);
        return MemoryLayout.Direct([MemoryRange.FromEnd(MemoryLayout.DeviceHoleStart - length, MemoryLayout.DeviceHoleStart)]);
    }

    private static void CheckKernel(DomainDraft domain, ModuleDraft kernel, PlanInput input, PlanProblems problems)
    {
        ReadOnlySpan<byte> image = input.Bytes.Get(kernel.Module);
        bool isOutOfSight = image.IsEmpty && (!kernel.Module.Range.IsEmpty || input.IsOnlyTree);
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
            problems.Report(
                domain, ProblemRule.KernelImage, domain.KernelPath, "",
                "module " + NumberText.Decimal((ulong)kernel.Module.Index) + ", which is no kernel that can be started",
                "a bzImage, or an ELF file with a PVH entry note", problem.Describe());
        }
    }

    private static void Report(DomainDraft domain, ConstructionProblem problem, PlanProblems problems)
    {
        if (problem.Kind == ConstructionProblemKind.CommandLine)
        {
            problems.Report(
                domain, ProblemRule.CommandLineTooLong, domain.KernelPath, "",
                NumberText.Decimal(problem.Found) + " characters of command line",
                "at most " + NumberText.Decimal(problem.Expected));
        }
        else if (problem.Kind == ConstructionProblemKind.KernelCannotMove)
        {
            problems.Report(
                domain, ProblemRule.KernelCannotMove, domain.Path, "hyperlaunch,direct-map",
                "a kernel that cannot be moved", "one that can, such as Linux's bzImage", problem.Describe());
        }
        else
        {
            problems.Report(
                domain, ProblemRule.ImageDoesNotFit, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
                "room for the kernel with what it needs to unpack itself, and for its ramdisk", problem.Describe());
        }
    }
}
