using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Kernel.Time;

namespace Hyperlaunch.Kernel.Cpus;

/// <summary>A CPU of the machine. Made on that CPU; only <see cref="Kick"/> is for others.</summary>
internal sealed class PhysicalCpu : IPhysicalCpu
{
    [ThreadStatic]
    private static PhysicalCpu? t_current;

    private readonly HostLocalApic _apic;
    private readonly Clock _clock;
    private readonly uint _apicId;

    /// <summary>Makes the CPU that executes this ready for interrupts of its timer and from other CPUs.</summary>
    /// <param name="apic">The local APIC, enabled here.</param>
    /// <param name="clock">The machine's clock.</param>
    public PhysicalCpu(HostLocalApic apic, Clock clock)
    {
        _apic = apic;
        _clock = clock;
        _apicId = apic.Id;
        t_current = this;
    }

    /// <summary>The CPU that executes this; null before it was made.</summary>
    public static PhysicalCpu? Current => t_current;

    /// <summary>The time-stamp counter's value for which the timer was armed last; all ones when it is off.</summary>
    public ulong TimerTimeStamp { get; private set; } = ulong.MaxValue;

    /// <summary>How far the time-stamp counter counts in a millisecond.</summary>
    public ulong TimeStampKilohertz => _clock.TimeStampKilohertz;

    /// <inheritdoc/>
    public void ArmTimer(ulong deadline)
    {
        bool isOff = deadline == ulong.MaxValue;
        TimerTimeStamp = isOff ? ulong.MaxValue : _clock.TimeStampAt(deadline);
        if (_apic.HasTscDeadline)
        {
            HostLocalApic.SetTscDeadline(isOff ? 0 : TimerTimeStamp);
            return;
        }

        _apic.SetCount(isOff ? 0 : _clock.TimerTicksUntil(deadline));
    }

    /// <inheritdoc/>
    public void AcknowledgeInterrupts() => InterruptTable.OpenInterruptWindow();

    /// <inheritdoc/>
    public void Idle() => InterruptTable.IdleUntilInterrupt();

    /// <inheritdoc/>
    public void WorkFor(int domid) => CurrentCpu.Domain = domid;

    /// <summary>
    /// Has an interrupt wait for this CPU, which executes this: it ends the run of the guest that is entered next.
    /// </summary>
    public void InterruptSelf() => _apic.Kick(_apicId);

    /// <inheritdoc/>
    public void Kick()
    {
        if (!ReferenceEquals(t_current, this))
        {
            _apic.Kick(_apicId);
        }
    }
}
