using System;
using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>Another CPU of the machine that does one thing after the other for the self-test, and halts between them.</summary>
internal sealed class RemoteCpu : ICpuProgram
{
    private const ulong Patience = 20_000_000_000;

    private readonly IClock _clock;
    private IPhysicalCpu? _cpu;
    private Action? _work;
    private int _done;

    /// <summary>Makes it; the machine starts it.</summary>
    public RemoteCpu(IClock clock)
    {
        _clock = clock;
    }

    /// <summary>The CPU, once it runs.</summary>
    public IPhysicalCpu Cpu => _cpu!;

    /// <inheritdoc/>
    public void Run(IPhysicalCpu cpu)
    {
        Volatile.Write(ref _cpu, cpu);
        while (true)
        {
            Action? work = Volatile.Read(ref _work);
            if (work is null)
            {
                cpu.Idle();
                continue;
            }

            work();
            Volatile.Write(ref _work, null);
            Volatile.Write(ref _done, 1);
        }
    }

    /// <summary>Waits until the CPU has said that it runs.</summary>
    public bool WaitUntilRunning() => WaitFor(() => Volatile.Read(ref _cpu) is not null);

    /// <summary>Has the CPU do something; it is woken from its halt by a signal.</summary>
    public void Begin(Action work)
    {
        Volatile.Write(ref _done, 0);
        Volatile.Write(ref _work, work);
        Cpu.Kick();
    }

    /// <summary>Waits until it is done.</summary>
    /// <returns>False when that takes too long.</returns>
    public bool WaitUntilDone() => WaitFor(() => Volatile.Read(ref _done) != 0);

    private bool WaitFor(Func<bool> condition)
    {
        ulong end = _clock.Nanoseconds + Patience;
        while (!condition())
        {
            if (_clock.Nanoseconds > end)
            {
                return false;
            }
        }

        return true;
    }
}
