namespace Hyperlaunch.Domains.Launch;

/// <summary>The domains of a launch, in the order of their creation.</summary>
public sealed class DomainTable
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

    /// <summary>Finds one by its number.</summary>
    /// <returns>The domain, or null.</returns>
    public Domain? Find(uint id)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_domains[i].Id == id)
            {
                return _domains[i];
            }
        }

        return null;
    }

    internal void Add(Domain domain)
    {
        _domains[Count] = domain;
        Count++;
    }
}
