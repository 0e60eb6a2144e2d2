using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Every command: one is an object, and a line here.</summary>
internal sealed class CommandList
{
    private readonly ControlCommand[] _all;

    /// <summary>Makes the commands, in the order in which help shows them.</summary>
    public CommandList(DomainSet launch, LogHistory history, IMachineEnd end)
    {
        _all =
        [
            new HelpCommand(this, launch),
            new ListCommand(launch),
            new ShowCommand(launch),
            new ModulesCommand(launch),
            new LogCommand(history),
            new StoreCommand(launch),
            new FailuresCommand(launch),
            new PauseCommand(launch),
            new UnpauseCommand(launch),
            new DestroyCommand(launch),
            new RestartCommand(launch),
            new SetCommand(launch),
            new FinishCommand(launch),
            new EndCommand("poweroff", "turn the machine off", EndAction.PowerOff, end),
            new EndCommand("reboot", "restart the machine", EndAction.Reboot, end),
        ];
    }

    /// <summary>How many there are.</summary>
    public int Count => _all.Length;

    /// <summary>One of them.</summary>
    public ControlCommand this[int index] => _all[index];

    /// <summary>Finds a command by its name.</summary>
    /// <returns>The command, or null.</returns>
    public ControlCommand? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _all.Length; i++)
        {
            if (Latin1.IsText(name, _all[i].Name))
            {
                return _all[i];
            }
        }

        return null;
    }
}
