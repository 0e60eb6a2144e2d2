namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// A domain's number. The one place that knows which numbers are reserved for the hypervisor's own purposes.
/// </summary>
public readonly struct DomainId
{
    /// <summary>The first reserved number (Xen public interface, <c>DOMID_FIRST_RESERVED</c>).</summary>
    public const uint FirstReserved = 0x7FF0;

    /// <summary>The number that the 2021 document's example gives its boot domain, from before it was reserved.</summary>
    public const uint HistoricalBootDomain = 0x7FF5;

    /// <summary>Makes a domain id of a number, reserved or not.</summary>
    public DomainId(uint value) => Value = value;

    /// <summary>The number.</summary>
    public uint Value { get; }

    /// <summary>Whether no domain may have this number.</summary>
    public bool IsReserved => Value >= FirstReserved;

    /// <summary>Whether the two are the same number.</summary>
    public bool Is(DomainId other) => Value == other.Value;
}
