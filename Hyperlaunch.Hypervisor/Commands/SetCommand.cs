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
            RolePolicy.Preparing)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
    {
        ReadOnlySpan<byte> property = words.Next();
        ReadOnlySpan<byte> value = words.Rest();
        if (property.SequenceEqual("cmdline"u8))
        {
            return Launch.Operations.Configure(domain, Latin1.ToString(value), domain.VirtualCpus);
        }

        bool isCount = Words.TryNumber(value, out uint count) && count != 0 && count <= domain.Plan.VirtualCpus;
        return isCount && property.SequenceEqual("vcpus"u8)
            ? Launch.Operations.Configure(domain, domain.CommandLine, (int)count)
            : "What can be set is: cmdline TEXT, or vcpus N, from 1 to as many as the plan gives the domain.";
    }
}
