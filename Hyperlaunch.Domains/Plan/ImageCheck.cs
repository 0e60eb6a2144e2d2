using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Images;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Looks into the domains' kernels: whether they can be started, what headroom they need, whether they and their ramdisk fit into
/// the domain, and whether the command line fits into the kernel.
/// </summary>
internal static class ImageCheck
{
    internal static void Run(DomainPlan[] domains, PlanInput input, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            bool isUnderstood = domain.Kernel == null || CheckKernel(domain, domain.Kernel, input, problems);
            const DomainModes unusable = DomainModes.Paravirtualized | DomainModes.DeviceModel;
            if (isUnderstood && domain.IsLaunchable && (domain.RequestedMode & unusable) == DomainModes.Paravirtualized)
            {
                problems.Note(
                    ProblemRule.Paravirtualized, domain.Path, "mode", "paravirtualization (1)", "",
                    "This hypervisor has no such mode; the domain is launched hardware-assisted, by its PVH entry or Linux boot header.");
            }
        }
    }

    /// <summary>Checks one domain's kernel; false, which is reported, when it cannot be started at all.</summary>
    private static bool CheckKernel(DomainPlan domain, BootModule kernel, PlanInput input, PlanProblems problems)
    {
        ReadOnlySpan<byte> image = input.Bytes.Get(kernel);
        bool isOutOfSight = image.IsEmpty && (!kernel.Range.IsEmpty || input.OnlyTree);
        if (isOutOfSight)
        {
            return true;
        }

        if (!KernelImage.TryParse(image, out KernelImage parsed, out ImageProblem problem))
        {
            problems.StopDomain(
                domain, ProblemRule.KernelImage, domain.KernelPath, "",
                "module " + PlanText.Decimal((ulong)kernel.Index) + ", which is no kernel that can be started", "a bzImage, or an ELF file with a PVH entry note",
                problem.Describe());
            return false;
        }

        kernel.Headroom = parsed.Headroom;
        if (parsed.Kind == KernelImageKind.BzImage && (uint)domain.CommandLine.Length > parsed.BzImage.CommandLineSize)
        {
            problems.StopDomain(
                domain, ProblemRule.CommandLineTooLong, domain.KernelPath, "",
                PlanText.Decimal((ulong)domain.CommandLine.Length) + " characters of command line",
                "at most " + PlanText.Decimal(parsed.BzImage.CommandLineSize), "Shorten it; the kernel would cut it.");
        }

        return true;
    }

    /// <summary>Checks that the kernels and ramdisks fit, once it is known how much memory each domain gets.</summary>
    internal static void CheckRoom(DomainPlan[] domains, PlanInput input, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            BootModule? kernel = domains[index].Kernel;
            if (kernel != null && domains[index].IsLaunchable
                && KernelImage.TryParse(input.Bytes.Get(kernel), out KernelImage image, out _))
            {
                CheckRoom(domains[index], image, problems);
            }
        }
    }

    /// <summary>
    /// Checks that the domain's memory below the device hole holds the kernel with its headroom and the ramdisk. The builder places
    /// both, and may still find that they do not fit beside each other; what is reported here cannot fit in any case.
    /// </summary>
    private static void CheckRoom(DomainPlan domain, KernelImage kernel, PlanProblems problems)
    {
        ulong memory = Math.Min(domain.MemoryKib << 10, MemoryLayout.DeviceHoleStart);
        ulong end = kernel.Kind == KernelImageKind.BzImage ? End(kernel.BzImage) : End(kernel.Elf);
        ulong needed = SafeSize.Add(end, domain.Ramdisk == null ? 0 : SafeSize.AlignUp(domain.Ramdisk.Range.Length, PageSizes.Page));
        if (needed > memory)
        {
            problems.StopDomain(
                domain, ProblemRule.ImageDoesNotFit, domain.Path, "memory", PlanText.Kib(domain.MemoryKib),
                "at least " + PlanText.Kib(SafeSize.AlignUp(needed, MemoryLayout.ExtendedStart) >> 10)
                + ", what its kernel needs to unpack itself, and its ramdisk",
                "Give the domain more memory; the amount is in KiB.");
        }
    }

    private static ulong End(BzImage image)
    {
        ulong start = image.IsRelocatable ? Math.Min(MemoryLayout.ExtendedStart, image.PreferredAddress) : image.PreferredAddress;
        return SafeSize.Add(start, image.InitialSize);
    }

    private static ulong End(ElfImage image)
        => image.IsRelocatable ? SafeSize.Add(MemoryLayout.ExtendedStart, image.End - image.Start) : image.End;
}
