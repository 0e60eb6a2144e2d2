using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>All about one domain.</summary>
internal sealed class ShowCommand : DomainCommand
{
    private readonly ExitCounts _exits = new();

    public ShowCommand(DomainSet launch)
        : base(launch, "show", "NAME", "all about one domain", Anyone)
    {
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        if (session.Progress != 0)
        {
            return false;
        }

        Domain domain = Launch.Domains[session.Subject];
        session.Progress = 1;
        DomainText.AddIdentity(answer, domain);
        answer.Add("vcpus", (ulong)domain.VirtualCpus);
        answer.Add("memory-mib", domain.Plan.MemoryKib >> 10);
        answer.Add("restarts", domain.Life.Restarts);
        answer.Add("failed", domain.Life.HasFailed);
        answer.Add("restartable", domain.Plan.IsRestartable);
        domain.Machine.SumExits(_exits);
        answer.Add("exits", _exits.Total);
        answer.Add("touched-mib", domain.Machine.Memory.PopulatedBytes >> 20);
        answer.Add("cmdline", domain.CommandLine);
        return true;
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words) => "";
}
