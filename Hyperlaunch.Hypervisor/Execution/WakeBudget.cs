namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// How often the processors of one domain that live on a CPU may take another domain's turn away there by waking up: so often in
/// the length of a slice. What comes beyond waits for the end of that, which the scheduler's timer is armed for.
/// </summary>
internal sealed class WakeBudget
{
    /// <summary>Wake-ups in the length of a slice.</summary>
    public const int Limit = 32;

    // Both are changed by any CPU. A wake-up that two count as one is one more, and no harm.
    private ulong _since;
    private int _taken;

    /// <summary>When wake-ups count again; 0 while they do.</summary>
    public ulong SpentUntil(ulong now)
    {
        ulong end = _since + CpuScheduler.Slice;
        return _taken >= Limit && now < end ? end : 0;
    }

    /// <summary>Takes one wake-up.</summary>
    /// <returns>False when there is none left.</returns>
    public bool TryTake(ulong now)
    {
        if (now >= _since + CpuScheduler.Slice)
        {
            _since = now;
            _taken = 0;
        }

        if (_taken >= Limit)
        {
            return false;
        }

        _taken++;
        return true;
    }
}
