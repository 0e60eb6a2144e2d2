namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What one CPU does between guests: the console, domains that have ended.</summary>
public interface IHousekeeping
{
    /// <summary>Nothing more is to be run: the machine is to be turned off.</summary>
    bool IsFinished { get; }

    /// <summary>Does what is due. Called before every choice of a guest and when it asked for it, not after every exit.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <returns>When it wants to be called again at the latest, in nanoseconds.</returns>
    ulong Poll(ulong now);
}
