namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The domains of a launch, in the order of their creation.</summary>
internal sealed class DomainTable
{
    private readonly Domain[] _domains;

    /// <summary>Makes an empty table for at most <paramref name="capacity"/> domains.</summary>
    public DomainTable(int capacity)
    {
        _domains = new Domain[capacity];
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them, from 0.</summary>
    public Domain this[int index] => _domains[index];

    internal void Add(Domain domain)
    {
        _domains[Count] = domain;
        Count++;
    }
}
