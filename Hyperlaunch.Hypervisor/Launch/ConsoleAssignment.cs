using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// Who has the machine's console: the recovery domain while it runs, the boot domain during the preparation, and otherwise the
/// first by <see cref="RolePolicy.HasConsoleBefore"/> of those that are alive.
/// </summary>
internal sealed class ConsoleAssignment
{
    private readonly ConsoleMultiplexer _console;
    private readonly EventLog _log;
    private readonly bool _isRaw;
    private Domain? _owner;

    /// <summary>Makes it; nobody has the console yet.</summary>
    /// <param name="console">The console.</param>
    /// <param name="log">Takes the event that the console changes hands.</param>
    /// <param name="isRaw">Whether its owner's bytes pass through unchanged.</param>
    public ConsoleAssignment(ConsoleMultiplexer console, EventLog log, bool isRaw)
    {
        _console = console;
        _log = log;
        _isRaw = isRaw;
    }

    /// <summary>Gives the console to whoever shall have it now. When that is nobody, it stays where it is.</summary>
    public void Update(DomainTable domains, Domain? boot, Domain? recovery)
    {
        Domain? owner = recovery ?? boot ?? Owner(domains);
        if (owner is null || ReferenceEquals(owner, _owner))
        {
            return;
        }

        if (_owner is not null)
        {
            _owner.Console.IsRaw = false;
            LaunchReport.DomainEvent(_log, "console-assigned", owner);
        }

        _owner = owner;
        owner.Console.IsRaw = _isRaw;
        _console.Focus(owner);
    }

    /// <summary>
    /// Whose the console is of those that are alive, when no recovery domain and no boot domain has it; null for nobody's.
    /// </summary>
    internal static Domain? Owner(DomainTable domains)
    {
        Domain? owner = null;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            bool stays = domain.Life.IsAlive || domain.Life.IsRestartRequested;
            owner = stays && RolePolicy.HasConsoleBefore(domain.Plan, owner?.Plan) ? domain : owner;
        }

        return owner;
    }
}
