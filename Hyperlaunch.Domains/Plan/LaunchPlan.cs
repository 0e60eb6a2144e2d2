using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// What will be launched, and everything that is wrong with what was asked for. Holding one proves that the configuration was
/// read to its end; whether it may be launched is <see cref="CanLaunch"/>.
/// </summary>
public sealed class LaunchPlan
{
    /// <summary>The most domains that one plan can hold.</summary>
    public const int MaximumDomains = 64;

    internal LaunchPlan(
        LaunchDialect dialect,
        DomainPlan[] domains,
        DomainPlan[] creationOrder,
        ModuleUse[] modules,
        HypervisorPlan hypervisor,
        MemoryBudget memory,
        PlanProblem[] problems,
        int omittedProblems)
    {
        Dialect = dialect;
        Domains = domains;
        CreationOrder = creationOrder;
        Modules = modules;
        Hypervisor = hypervisor;
        Memory = memory;
        Problems = problems;
        OmittedProblems = omittedProblems;
    }

    /// <summary>The dialect of the tree; of a mixed one, the newest in it.</summary>
    public LaunchDialect Dialect { get; }

    /// <summary>Every domain, also those that cannot be built, in the order of the tree.</summary>
    public DomainPlan[] Domains { get; }

    /// <summary>
    /// The domains to build, in this order: those with the control, hardware, xenstore or console role, then the boot domain,
    /// then the recovery domain, then the others; among equals in the order of the tree. Empty when the launch is stopped.
    /// </summary>
    public DomainPlan[] CreationOrder { get; }

    /// <summary>
    /// Every module: those of the boot loader with their index, then those that the tree located by address. Each says what it
    /// is used as, and by how many.
    /// </summary>
    public ModuleUse[] Modules { get; }

    /// <summary>What is for the hypervisor itself.</summary>
    public HypervisorPlan Hypervisor { get; }

    /// <summary>Whether the domains fit into the machine.</summary>
    public MemoryBudget Memory { get; }

    /// <summary>Every problem, in the order in which it was found.</summary>
    public PlanProblem[] Problems { get; }

    /// <summary>How many problems were found beyond those that are kept.</summary>
    public int OmittedProblems { get; }

    /// <summary>Whether there is something to launch, and nothing that stops the launch as a whole.</summary>
    public bool CanLaunch => CreationOrder.Length > 0;

    /// <summary>The domain that runs in the preparation phase; null when there is none or it cannot be built.</summary>
    public DomainPlan? BootDomain
    {
        get
        {
            for (int i = 0; i < CreationOrder.Length; i++)
            {
                if (RolePolicy.RunsInPreparation(CreationOrder[i].Roles))
                {
                    return CreationOrder[i];
                }
            }

            return null;
        }
    }

    /// <summary>
    /// The domain that is started when another fails: one whose roles are recovery and nothing that makes it run from the
    /// start. Null when there is none or it cannot be built.
    /// </summary>
    public DomainPlan? RecoveryDomain
    {
        get
        {
            for (int i = 0; i < CreationOrder.Length; i++)
            {
                if (RolePolicy.IsRecoveryOnly(CreationOrder[i].Roles))
                {
                    return CreationOrder[i];
                }
            }

            return null;
        }
    }

    /// <summary>
    /// The domain that has the console when the launch is final and every domain lives, as
    /// <see cref="RolePolicy.HasConsoleBefore"/> says. Null when none is launched that runs on then.
    /// </summary>
    public DomainPlan? ConsoleDomain
    {
        get
        {
            DomainPlan? owner = null;
            for (int i = 0; i < CreationOrder.Length; i++)
            {
                owner = RolePolicy.HasConsoleBefore(CreationOrder[i], owner) ? CreationOrder[i] : owner;
            }

            return owner;
        }
    }

    /// <summary>What a module of this plan is used as.</summary>
    /// <param name="module">A module that a domain or the hypervisor of this plan has.</param>
    public ModuleUse UseOf(BootModule module)
    {
        int i = 0;
        while (!ReferenceEquals(Modules[i].Module, module))
        {
            i++;
        }

        return Modules[i];
    }

    /// <summary>Counts the problems of one severity.</summary>
    public int Count(ProblemSeverity severity)
    {
        int count = 0;
        for (int i = 0; i < Problems.Length; i++)
        {
            if (Problems[i].Severity == severity)
            {
                count++;
            }
        }

        return count;
    }
}
