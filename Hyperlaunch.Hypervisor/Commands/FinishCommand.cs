using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The preparation is done.</summary>
internal sealed class FinishCommand : ControlCommand
{
    private readonly DomainSet _launch;

    public FinishCommand(DomainSet launch)
        : base(
            "finish", "", "the preparation is done: go on with the launch", RolePolicy.Preparing, isOnHypervisorConsole: false)
    {
        _launch = launch;
    }

    /// <inheritdoc/>
    public override string Begin(ControlSession session, ref Words words)
    {
        _launch.FinishPreparation();
        return "";
    }
}
