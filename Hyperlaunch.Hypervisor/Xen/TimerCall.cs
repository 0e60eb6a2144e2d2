namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// set_timer_op (15): the single-shot timer in its oldest form; 0 stops it, and a time that has passed is due at once.
/// </summary>
internal sealed class TimerCall : Hypercall
{
    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller)
    {
        ulong time = caller.IsLong ? caller.First : caller.First | caller.Second << 32;
        caller.Xen.Timers.SetOneShot(caller.Cpu.Index, time == 0 ? ulong.MaxValue : caller.Xen.Clock.MachineTime(time));
        return 0;
    }
}
