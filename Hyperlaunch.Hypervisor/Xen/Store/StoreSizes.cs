namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// How much of the store a domain may have, so that none can use up what another needs; all of it is taken when the launch
/// begins.
/// </summary>
internal static class StoreSizes
{
    /// <summary>The longest payload of a message (XENSTORE_PAYLOAD_MAX).</summary>
    public const int Payload = 4096;

    /// <summary>Nodes that belong to one domain.</summary>
    public const int Nodes = 512;

    /// <summary>Blocks of <see cref="BlockPool"/> for the names and values of these: 48 KiB.</summary>
    public const int NodeBlocks = 1536;

    /// <summary>The longest value that a domain writes which is not the administrator; xenstored's quota for a node.</summary>
    public const int Value = 2048;

    /// <summary>Watches of one domain.</summary>
    public const int Watches = 128;

    /// <summary>Transactions that one domain may have open; xenstored's quota.</summary>
    public const int Transactions = 10;

    /// <summary>Nodes that the open transactions of one domain may read or change in all.</summary>
    public const int TransactionNodes = 256;

    /// <summary>Blocks for the paths and tokens of its watches, and for what its transactions hold: 48 KiB.</summary>
    public const int SessionBlocks = 1536;

    /// <summary>Bytes that wait for one domain: an answer, and events, which are lost when there are more.</summary>
    public const int Output = 16384;

    /// <summary>Nodes beside the domains' own: what the hypervisor writes about each of them and its devices.</summary>
    public const int NodesAbout = 256;

    /// <summary>Blocks for these.</summary>
    public const int BlocksAbout = 768;

    /// <summary>Requests that are answered in one go.</summary>
    public const int Requests = 16;
}
