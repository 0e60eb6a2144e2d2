namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The records of the latest failures. Allocates nothing once made.</summary>
internal sealed class FailureLog
{
    /// <summary>How many are kept.</summary>
    public const int Capacity = 64;

    private readonly Failure[] _failures = new Failure[Capacity];

    /// <summary>How many failures there have been.</summary>
    public ulong Count { get; private set; }

    /// <summary>The number of the oldest that is kept.</summary>
    public ulong Oldest => Count > Capacity ? Count - Capacity : 0;

    /// <summary>One that is kept, by its number, from <see cref="Oldest"/> on.</summary>
    public ref readonly Failure this[ulong number] => ref _failures[(int)(number & (Capacity - 1))];

    /// <summary>Adds one; the oldest gives way.</summary>
    internal void Add(in Failure failure)
    {
        _failures[(int)(Count & (Capacity - 1))] = failure;
        Count++;
    }
}
