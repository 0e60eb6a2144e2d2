namespace Hyperlaunch.Domains.Plan;

/// <summary>A device of a domain while the tree is read: of which domain it comes is known when all have been.</summary>
internal sealed class DeviceDraft
{
    internal DeviceDraft(string path, bool isDisk)
    {
        Path = path;
        IsDisk = isDisk;
    }

    internal string Path { get; }

    internal bool IsDisk { get; }

    /// <summary>The handle of the node of the domain that gives it.</summary>
    internal uint BackendHandle { get; set; }

    /// <summary>That domain, once it has been found.</summary>
    internal DomainDraft? Backend { get; set; }

    internal string Source { get; set; } = "";

    internal string Target { get; set; } = "";

    internal uint VirtualDevice { get; set; }

    internal bool IsReadOnly { get; set; }

    internal ulong Address { get; set; }

    internal bool HasAddress { get; set; }

    internal string Bridge { get; set; } = "";
}
