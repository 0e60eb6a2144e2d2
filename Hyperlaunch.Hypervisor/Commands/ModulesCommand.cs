using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The boot modules.</summary>
internal sealed class ModulesCommand : ControlCommand
{
    private readonly DomainSet _launch;

    public ModulesCommand(DomainSet launch)
        : base("modules", "", "the boot modules", Anyone)
    {
        _launch = launch;
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        ModuleUse[] modules = _launch.Plan.Modules;
        if (session.Progress == (ulong)modules.Length)
        {
            return false;
        }

        ModuleUse use = modules[(int)session.Progress];
        BootModule module = use.Module;
        session.Progress++;
        answer.Add("index", (ulong)module.Index);
        answer.Add("kind", ModuleKindNames.Name(use.Kind));
        answer.AddHex("address", module.Range.Start);
        answer.Add("size", module.Range.Length);
        answer.Add("owners", (ulong)use.Owners);
        answer.Add("present", _launch.Phase.Kind != LaunchPhaseKind.Final || ModuleStore.IsKept(_launch.Plan, module));
        answer.Add("string", module.CommandLine);
        return true;
    }
}
