using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What other domains reach of a domain that has Xen's interface.</summary>
internal sealed class XenDomain
{
    /// <summary>Names its parts.</summary>
    public XenDomain(VirtualMachine machine, EventChannels channels, GrantTable grants, ForeignMappings mappings)
    {
        Machine = machine;
        Channels = channels;
        Grants = grants;
        Mappings = mappings;
    }

    /// <summary>Its number.</summary>
    public uint Domid => Channels.Domid;

    /// <summary>Its running part.</summary>
    public VirtualMachine Machine { get; }

    /// <summary>Its event channels, which need no gate.</summary>
    public EventChannels Channels { get; }

    /// <summary>What it grants, under its gate.</summary>
    public GrantTable Grants { get; }

    /// <summary>What it has mapped of others' memory, under its gate.</summary>
    public ForeignMappings Mappings { get; }
}
