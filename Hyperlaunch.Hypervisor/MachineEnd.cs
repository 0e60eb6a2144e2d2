using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Commands;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor;

/// <summary>Whether the machine is to end, and how. What the console still holds is shown first.</summary>
internal sealed class MachineEnd : IMachineEnd
{
    private readonly ConsoleMultiplexer _console;
    private readonly EventLog _log;

    /// <summary>Makes it: the machine goes on.</summary>
    public MachineEnd(ConsoleMultiplexer console, EventLog log)
    {
        _console = console;
        _log = log;
    }

    /// <summary>What is to become of the machine; null while it goes on.</summary>
    public EndAction? Action { get; private set; }

    /// <inheritdoc/>
    public void End(EndAction action, string reason)
    {
        _console.Finish();
        LaunchReport.MachineEnds(_log, action, reason);
        Action = action;
    }
}
