namespace Hyperlaunch.Domains.Plan;

/// <summary>A disk that a domain gets from another domain of the same launch, the backend. Immutable.</summary>
public sealed class DiskPlan
{
    internal DiskPlan(DeviceDraft draft)
    {
        Backend = draft.Backend!.Id;
        BackendName = draft.Backend.Name;
        Source = draft.Source;
        Target = draft.Target;
        VirtualDevice = draft.VirtualDevice;
        IsReadOnly = draft.IsReadOnly;
    }

    /// <summary>The most that a domain can have.</summary>
    public const int Maximum = 16;

    /// <summary>The domain that has it.</summary>
    public DomainId Backend { get; }

    /// <summary>The name of that domain.</summary>
    public string BackendName { get; }

    /// <summary>What it is there, in that domain's words: the path of a block device or a file.</summary>
    public string Source { get; }

    /// <summary>What it is called in the domain that gets it, such as <c>xvda</c>.</summary>
    public string Target { get; }

    /// <summary>The same as a number (Xen docs/man/xen-vbd-interface.7.pandoc).</summary>
    public uint VirtualDevice { get; }

    /// <summary>Whether it cannot be written.</summary>
    public bool IsReadOnly { get; }
}
