using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Turns the machine off, or restarts it.</summary>
internal sealed class EndCommand : ControlCommand
{
    private readonly EndAction _action;
    private readonly IMachineEnd _end;

    public EndCommand(string name, string summary, EndAction action, IMachineEnd end)
        : base(name, "", summary, DomainRoles.None)
    {
        _action = action;
        _end = end;
    }

    /// <inheritdoc/>
    public override string Begin(ControlSession session, ref Words words)
    {
        _end.End(_action, "console");
        return "";
    }
}
