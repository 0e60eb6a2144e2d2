using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Compares domains' virtual CPUs with the machine's CPUs.</summary>
internal static class ProcessorCheck
{
    internal static void Run(DomainDraft[] domains, PlanInput input, HypervisorOptions options, PlanProblems problems)
    {
        uint processors = input.Processors;
        if (processors != 0 && options.ProcessorLimit != 0 && options.ProcessorLimit < processors)
        {
            processors = options.ProcessorLimit;
        }

        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (processors != 0 && domain.IsLaunchable && domain.VirtualCpus > processors)
            {
                problems.Report(
                    ProblemRule.SharedProcessors, domain.Path, "cpus", NumberText.Decimal(domain.VirtualCpus),
                    "at most " + NumberText.Decimal(processors) + ", the machine's CPUs");
            }
        }
    }
}
