using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed class XenTimeTests : IDisposable
{
    private const uint VcpuCall = 24, SchedulerCall = 29;

    private readonly XenMachine _xen = new(2);
    private readonly uint _port;

    public XenTimeTests()
    {
        _port = _xen.BindTimer(0);
    }

    public void Dispose() => _xen.Dispose();

    [Fact]
    public void A_single_shot_timer_is_due_once_at_its_time()
    {
        Assert.Equal(0, SetOneShot(1_000_000, 0));
        Assert.Equal(_xen.Clock.Nanoseconds + 1_000_000, _xen.Test.Machine.Platform.DeviceDeadline);
        Pass(999_999);
        Assert.False(_xen.IsPending(_port));
        Pass(1);
        Assert.True(_xen.IsPending(_port));
        Assert.Equal(ulong.MaxValue, _xen.Test.Machine.Platform.DeviceDeadline);
    }

    [Fact]
    public void A_time_that_has_passed_is_due_at_once_but_for_who_wants_the_future()
    {
        _xen.Clock.Nanoseconds += 1000;
        Assert.Equal(XenError.TimePassed, SetOneShot(999, 1));
        Pass(0);
        Assert.False(_xen.IsPending(_port));
        Assert.Equal(0, SetOneShot(999, 0));
        Pass(0);
        Assert.True(_xen.IsPending(_port));
    }

    [Fact]
    public void A_timer_that_is_stopped_is_never_due()
    {
        SetOneShot(1000, 0);
        Assert.Equal(0, _xen.Call(VcpuCall, 9, null, vcpu: 0));
        Pass(5000);
        Assert.False(_xen.IsPending(_port));
    }

    [Fact]
    public void A_processor_sets_only_its_own_single_shot_timer()
        => Assert.Equal(XenError.Invalid, _xen.Call(VcpuCall, 8, new byte[16], vcpu: 1));

    [Fact]
    public void The_end_of_time_is_never()
    {
        SetOneShot(ulong.MaxValue, 0);
        Pass(1_000_000_000_000);
        Assert.False(_xen.IsPending(_port));
    }

    [Fact]
    public void A_periodic_timer_that_was_late_is_due_once_and_goes_on()
    {
        ulong start = _xen.Clock.Nanoseconds;
        Assert.Equal(0, _xen.Call(VcpuCall, 6, BitConverter.GetBytes(2_000_000ul), vcpu: 0));
        Pass(7_000_000);
        Assert.True(_xen.IsPending(_port));
        Assert.Equal(start + 9_000_000, _xen.Test.Machine.Platform.DeviceDeadline);
        Assert.Equal(0, _xen.Call(VcpuCall, 7, null, vcpu: 0));
        Assert.Equal(ulong.MaxValue, _xen.Test.Machine.Platform.DeviceDeadline);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(999_999ul)]
    [InlineData(ulong.MaxValue)]
    public void A_period_too_short_or_too_long_is_refused(ulong period)
        => Assert.Equal(XenError.Invalid, _xen.Call(VcpuCall, 6, BitConverter.GetBytes(period), vcpu: 0));

    [Theory]
    [InlineData(0u, StopReason.PowerOff)]
    [InlineData(1u, StopReason.Reboot)]
    [InlineData(3u, StopReason.Crash)]
    [InlineData(4u, StopReason.Watchdog)]
    public void A_domain_says_how_it_ends(uint reason, StopReason expected)
    {
        Assert.Equal(0, _xen.Call(SchedulerCall, 2, XenMachine.Words(reason)));
        Assert.Equal((expected, 0), (_xen.Test.Machine.Record.Reason, _xen.Test.Machine.Record.ProcessorIndex));
    }

    [Theory]
    [InlineData(2u, XenError.NotSupported)]
    [InlineData(6u, XenError.Invalid)]
    [InlineData(uint.MaxValue, XenError.Invalid)]
    public void An_end_that_there_is_not_is_refused(uint reason, long error)
    {
        Assert.Equal(error, _xen.Call(SchedulerCall, 2, XenMachine.Words(reason)));
        Assert.True(_xen.Test.Machine.IsRunning);
    }

    [Fact]
    public void A_watchdog_that_is_not_fed_ends_the_domain()
    {
        Assert.Equal(1, _xen.Call(SchedulerCall, 6, XenMachine.Words(0, 10)));
        Assert.Equal(2, _xen.Call(SchedulerCall, 6, XenMachine.Words(0, 60)));
        Assert.Equal(XenError.NoSpace, _xen.Call(SchedulerCall, 6, XenMachine.Words(0, 60)));
        Pass(9_000_000_000);
        Assert.Equal(0, _xen.Call(SchedulerCall, 6, XenMachine.Words(1, 10)));
        Pass(9_000_000_000);
        Assert.True(_xen.Test.Machine.IsRunning);
        Assert.Equal(0, _xen.Call(SchedulerCall, 6, XenMachine.Words(2, 0)));
        Pass(1_000_000_000);
        Assert.Equal(StopReason.Watchdog, _xen.Test.Machine.Record.Reason);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 5u)]
    [InlineData(3u, 5u)]
    [InlineData(uint.MaxValue, 5u)]
    public void A_watchdog_that_there_is_not_is_refused(uint id, uint seconds)
        => Assert.Equal(XenError.Invalid, _xen.Call(SchedulerCall, 6, XenMachine.Words(id, seconds)));

    [Fact]
    public void A_poll_waits_for_an_event_even_with_interrupts_off()
    {
        _xen.Write(0x11_0000, XenMachine.Words(_port));
        Assert.Equal(0, _xen.Call(SchedulerCall, 3, XenMachine.Words(0x11_0000, 0, 1, 0, 0, 0)));
        Assert.Equal(VirtualCpuState.Halted, State());
        SetOneShotOf(0, 1_000_000);
        Pass(999_999);
        Assert.Equal(VirtualCpuState.Halted, State());
        Pass(1);
        Assert.Equal(VirtualCpuState.Runnable, State());
    }

    [Fact]
    public void A_poll_ends_at_its_time()
    {
        _xen.Write(0x11_0000, XenMachine.Words(_port));
        _xen.Call(SchedulerCall, 3, XenMachine.Words(0x11_0000, 0, 1, 0, 1000, 0));
        Pass(999);
        Assert.Equal(VirtualCpuState.Halted, State());
        Pass(1);
        Assert.Equal(VirtualCpuState.Runnable, State());
    }

    [Fact]
    public void A_poll_for_what_is_pending_does_not_wait()
    {
        SetOneShot(0, 0);
        Pass(0);
        _xen.Write(0x11_0000, XenMachine.Words(_port));
        Assert.Equal(0, _xen.Call(SchedulerCall, 3, XenMachine.Words(0x11_0000, 0, 1, 0, 0, 0)));
        Assert.Equal(VirtualCpuState.Runnable, State());
    }

    [Fact]
    public void A_poll_of_too_many_or_of_no_port_is_refused()
    {
        Assert.Equal(XenError.Invalid, _xen.Call(SchedulerCall, 3, XenMachine.Words(0x11_0000, 0, 129, 0, 0, 0)));
        _xen.Write(0x11_0000, XenMachine.Words(0));
        Assert.Equal(XenError.Invalid, _xen.Call(SchedulerCall, 3, XenMachine.Words(0x11_0000, 0, 1, 0, 0, 0)));
        Assert.Equal(VirtualCpuState.Runnable, State());
    }

    [Fact]
    public void Who_blocks_lets_itself_be_interrupted()
    {
        Assert.Equal(0, _xen.CallWith(0, SchedulerCall, 1, 0, 0));
        Assert.Equal(VirtualCpuState.Halted, State());
        Assert.NotEqual(0ul, _xen.Test.Processor.Rflags & 0x200);
    }

    private VirtualCpuState State() => _xen.Test.Machine.Cpu(0).State;

    private long SetOneShot(ulong fromStart, uint flags)
        => _xen.Call(VcpuCall, 8, [.. BitConverter.GetBytes(fromStart), .. BitConverter.GetBytes((ulong)flags)], vcpu: 0);

    // Directly: a processor that waits makes no call.
    private void SetOneShotOf(int cpu, ulong fromNow) => _xen.Xen.Timers.SetOneShot(cpu, _xen.Clock.Nanoseconds + fromNow);

    private void Pass(ulong nanoseconds)
    {
        _xen.Clock.Nanoseconds += nanoseconds;
        _xen.Prepare();
    }
}
