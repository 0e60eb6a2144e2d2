using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// What follows from a domain's roles: the one place where the plan, the launch and the commands ask for it, so that what the
/// plan says of a domain is what happens to it.
/// </summary>
public static class RolePolicy
{
    /// <summary>How many ranks <see cref="CreationRank"/> gives, from 0.</summary>
    public const int CreationRanks = 4;

    private const int LastConsoleRank = 3;

    private const DomainRoles Core = DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Xenstore | DomainRoles.Console;

    /// <summary>The roles each of which gives a domain its control channel.</summary>
    public const DomainRoles GivingCommands = DomainRoles.Boot | DomainRoles.Control | DomainRoles.Recovery;

    /// <summary>The roles each of which lets a domain keep others from running.</summary>
    public const DomainRoles Pausing = DomainRoles.Control;

    /// <summary>The roles each of which lets a domain start others, or let them go on.</summary>
    public const DomainRoles Unpausing = DomainRoles.Control | DomainRoles.Boot;

    /// <summary>The roles each of which lets a domain end others.</summary>
    public const DomainRoles Destroying = DomainRoles.Control;

    /// <summary>
    /// The roles each of which lets a domain have others built again; which ones, <see cref="MayRestartAny"/> says.
    /// </summary>
    public const DomainRoles Restarting = DomainRoles.Control | DomainRoles.Recovery;

    /// <summary>The roles each of which lets a domain change what others start with, and say that all is prepared.</summary>
    public const DomainRoles Preparing = DomainRoles.Boot;

    /// <summary>The roles that only one domain may have, in the order in which they are checked.</summary>
    internal static DomainRoles[] Exclusive { get; } =
        [DomainRoles.Hardware, DomainRoles.Xenstore, DomainRoles.Boot, DomainRoles.Recovery];

    /// <summary>Whether the store's permissions do not bind a domain: its administrator's, and who controls the others.</summary>
    public static bool HasStore(DomainRoles roles) => (roles & (DomainRoles.Xenstore | DomainRoles.Control)) != 0;

    /// <summary>
    /// Whether a domain runs alone in the preparation, once, and is then destroyed: it is handed the configuration and the list
    /// of modules, may have a time limit, and is never built again.
    /// </summary>
    public static bool RunsInPreparation(DomainRoles roles) => (roles & DomainRoles.Boot) != 0;

    /// <summary>Whether a domain is for recovery and nothing else, and so waits until another fails.</summary>
    public static bool IsRecoveryOnly(DomainRoles roles) => roles == DomainRoles.Recovery;

    /// <summary>Whether a domain is told of every failure of another.</summary>
    public static bool IsToldOfFailures(DomainRoles roles) => (roles & DomainRoles.Recovery) != 0;

    /// <summary>Whether a domain has a second serial port over which it gives commands.</summary>
    public static bool HasControlChannel(DomainRoles roles) => (roles & GivingCommands) != 0;

    /// <summary>
    /// Whether a domain may drive the machine's devices. Without direct-mapped memory it could not use them: what a device reads
    /// and writes would be another's memory.
    /// </summary>
    public static bool MayHaveHardware(DomainRoles roles, bool isDirectMapped) => MayBeDirectMapped(roles) && isDirectMapped;

    /// <summary>Whether a domain's memory may lie where the machine's does.</summary>
    public static bool MayBeDirectMapped(DomainRoles roles) => (roles & DomainRoles.Hardware) != 0;

    /// <summary>Whether a domain may ever be built again, if its modules are kept.</summary>
    public static bool MayBeRestarted(DomainRoles roles) => !RunsInPreparation(roles);

    /// <summary>Whether a domain may have others built again that have not failed.</summary>
    public static bool MayRestartAny(DomainRoles roles) => (roles & DomainRoles.Control) != 0;

    /// <summary>What a domain's kernel is told of its place among the others (<c>SIF_*</c>).</summary>
    public static StartFlags StartFlagsOf(DomainRoles roles, bool isLegacyDom0)
        => ((roles & DomainRoles.Control) != 0 ? StartFlags.Privileged : StartFlags.None)
            | (isLegacyDom0 ? StartFlags.InitialDomain : StartFlags.None);

    /// <summary>
    /// The roles that a domain has now, of those that it was given: the boot role lasts as long as the preparation.
    /// </summary>
    public static DomainRoles RolesDuring(DomainRoles roles, bool isPreparation)
        => isPreparation ? roles : roles & ~DomainRoles.Boot;

    /// <summary>When a domain is built: one of a lower rank, of which those of a higher one may have need, before them.</summary>
    public static int CreationRank(DomainRoles roles)
    {
        if ((roles & Core) != 0)
        {
            return 0;
        }

        if (RunsInPreparation(roles))
        {
            return 1;
        }

        return (roles & DomainRoles.Recovery) != 0 ? 2 : 3;
    }

    /// <summary>
    /// Whether a domain has the console rather than another, in a final launch in which both live: one with the console role,
    /// else control, else hardware, and of those the one created first; else the one with the lowest number. One that is only
    /// for the preparation or only for recovery never has it: it does while it runs.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="other">One that was created before it and may have the console itself; null when there is none.</param>
    public static bool HasConsoleBefore(DomainPlan domain, DomainPlan? other)
    {
        if (RunsInPreparation(domain.Roles) || IsRecoveryOnly(domain.Roles))
        {
            return false;
        }

        if (other is null)
        {
            return true;
        }

        int rank = ConsoleRank(domain.Roles);
        int rankOfOther = ConsoleRank(other.Roles);
        return rank < rankOfOther || (rank == rankOfOther && rank == LastConsoleRank && domain.Id.Value < other.Id.Value);
    }

    private static int ConsoleRank(DomainRoles roles)
    {
        if ((roles & DomainRoles.Console) != 0)
        {
            return 0;
        }

        if ((roles & DomainRoles.Control) != 0)
        {
            return 1;
        }

        return (roles & DomainRoles.Hardware) != 0 ? 2 : LastConsoleRank;
    }
}
