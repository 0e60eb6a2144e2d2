using System;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>A CPU of the machine: what it waits for comes, sooner or later.</summary>
internal sealed class FuzzCpu(FuzzRandom random, FakeClock clock) : IPhysicalCpu, IHousekeeping
{
    private const ulong LongestWait = 1UL << 40;

    private ulong _deadline;

    public bool IsFinished => false;

    public void Start() => _deadline = ulong.MaxValue;

    public void ArmTimer(ulong deadline) => _deadline = deadline;

    public void AcknowledgeInterrupts()
    {
    }

    public void Idle()
    {
        ulong now = clock.Nanoseconds;
        if (_deadline > now && !random.OneIn(4))
        {
            clock.Nanoseconds = now + Math.Min(_deadline - now, LongestWait);
        }
    }

    public void WorkFor(int domid)
    {
    }

    public void Kick()
    {
    }

    public ulong Poll(ulong now) => now + CpuScheduler.HousekeepingInterval;
}
