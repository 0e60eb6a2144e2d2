using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Changes what a domain starts with. It allocates what it sets.</summary>
internal sealed class SetCommand : DomainCommand
{
    public SetCommand(DomainSet launch)
        : base(
            launch, "set", "NAME cmdline TEXT | NAME vcpus N", "change what a domain starts with, before it starts",
            DomainRoles.Boot)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
    {
        ReadOnlySpan<byte> property = words.Next();
        ReadOnlySpan<byte> value = words.Rest();
        bool isPrepared = Launch.Phase.Kind == LaunchPhaseKind.Preparation;
        if (!isPrepared || domain.Life.WasStarted || domain.Life.State != DomainState.Paused)
        {
            return "The domain has been started; it can be set before that, in the preparation.";
        }

        string commandLine = domain.CommandLine;
        int processors = domain.VirtualCpus;
        if (!TrySet(domain, property, value))
        {
            return "What can be set is: cmdline TEXT, or vcpus N, from 1 to as many as the plan gives the domain.";
        }

        if (!Launch.Lifecycle.TryRebuild(domain, out string problem))
        {
            // What it was built with before was accepted then, so it is accepted again.
            domain.Configure(commandLine, processors);
            Launch.Lifecycle.TryRebuild(domain, out _);
        }

        return problem;
    }

    private static bool TrySet(Domain domain, ReadOnlySpan<byte> property, ReadOnlySpan<byte> value)
    {
        if (property.SequenceEqual("cmdline"u8))
        {
            domain.Configure(Latin1.ToString(value), domain.VirtualCpus);
            return true;
        }

        if (!property.SequenceEqual("vcpus"u8) || !Words.TryNumber(value, out uint count)
            || count == 0 || count > domain.Plan.VirtualCpus)
        {
            return false;
        }

        domain.Configure(domain.CommandLine, (int)count);
        return true;
    }
}
