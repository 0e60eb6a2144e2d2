using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>What each command is called, what it does, and whose it is: the one place where roles are granted anything.</summary>
internal static class ControlCommandTable
{
    private const DomainRoles Anyone = DomainRoles.Control | DomainRoles.Boot | DomainRoles.Recovery;

    /// <summary>Every command, in the order in which help shows them.</summary>
    public static ControlCommandDescription[] All { get; } =
    [
        new(ControlCommand.Help, "help", "", "the commands that you may give", Anyone, true),
        new(ControlCommand.List, "list", "", "the domains and what they are doing", Anyone, true),
        new(ControlCommand.Show, "show", "NAME", "all about one domain", Anyone, true),
        new(ControlCommand.Modules, "modules", "", "the boot modules", Anyone, true),
        new(ControlCommand.Log, "log", "", "the hypervisor's latest lines", Anyone, true),
        new(ControlCommand.Failures, "failures", "", "what has failed, with the processor's registers", Anyone, true),
        new(ControlCommand.Pause, "pause", "NAME", "keep a domain from running", DomainRoles.Control, true),
        new(ControlCommand.Unpause, "unpause", "NAME", "let a domain run", DomainRoles.Control | DomainRoles.Boot, true),
        new(ControlCommand.Destroy, "destroy", "NAME", "end a domain", DomainRoles.Control, true),
        new(ControlCommand.Restart, "restart", "NAME", "build a domain again from its plan, and start it",
            DomainRoles.Control | DomainRoles.Recovery, true),
        new(ControlCommand.Set, "set", "NAME cmdline TEXT | NAME vcpus N", "change what a domain starts with, before it starts",
            DomainRoles.Boot, true),
        new(ControlCommand.Finish, "finish", "", "the preparation is done: go on with the launch", DomainRoles.Boot, false),
        new(ControlCommand.PowerOff, "poweroff", "", "turn the machine off", DomainRoles.None, true),
        new(ControlCommand.Reboot, "reboot", "", "restart the machine", DomainRoles.None, true),
    ];

    /// <summary>Finds a command by its name.</summary>
    /// <returns>The command, or null.</returns>
    public static ControlCommandDescription? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < All.Length; i++)
        {
            if (Latin1.IsText(name, All[i].Name))
            {
                return All[i];
            }
        }

        return null;
    }
}
