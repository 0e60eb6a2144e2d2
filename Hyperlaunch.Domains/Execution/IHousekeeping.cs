namespace Hyperlaunch.Domains.Execution;

/// <summary>What one CPU does between guests: the console, domains that have ended.</summary>
public interface IHousekeeping
{
    /// <summary>Nothing more is to be run: the machine is to be turned off.</summary>
    bool IsFinished { get; }

    /// <summary>Does what is due. Called after every exit, so it looks before it works.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <returns>When it wants to be called again at the latest, in nanoseconds.</returns>
    ulong Poll(ulong now);
}
