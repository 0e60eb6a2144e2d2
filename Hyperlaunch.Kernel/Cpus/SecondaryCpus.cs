using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Kernel.Time;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Kernel.Cpus;

/// <summary>
/// Starts the machine's other CPUs, one at a time (Intel SDM vol 3, 9.4.4.1: INIT, start, and another start for one that did not
/// hear the first). A CPU that does not answer in time is put back to waiting, so that it cannot come to life later with the next
/// one's stack.
/// </summary>
internal sealed unsafe class SecondaryCpus
{
    private const ulong InitDelay = 200_000;
    private const ulong SecondStartAfter = 10_000_000;
    private const ulong Patience = 2_000_000_000;

    private const int Asked = 0;
    private const int Answered = 1;
    private const int Ready = 2;
    private const int Failed = 3;

    // The one start under way: the CPU finds its arguments here.
    private static SecondaryCpus? s_current;

    private readonly HostLocalApic _apic;
    private readonly Clock _clock;
    private readonly IHostVirtualization _virtualization;
    private readonly ProcessorSetup _setup;
    private readonly ulong _startPage;
    private readonly ulong _cr4;
    private TimeStampComparison _comparison = new();
    private int _index;
    private int _state;
    private byte* _area;
    private ICpuProgram? _program;

    /// <summary>Prepares the start.</summary>
    /// <param name="apic">The local APIC.</param>
    /// <param name="clock">The machine's clock.</param>
    /// <param name="virtualization">What each CPU is enabled for.</param>
    /// <param name="setup">Sets each CPU up like the first.</param>
    /// <param name="startPage">
    /// A page below 1 MiB that nothing uses once the boot information is read; 0 when there is none. No domain gets memory there.
    /// </param>
    public SecondaryCpus(
        HostLocalApic apic, Clock clock, IHostVirtualization virtualization, ProcessorSetup setup, ulong startPage)
    {
        _setup = setup;
        _startPage = startPage;
        _apic = apic;
        _clock = clock;
        _virtualization = virtualization;
        _cr4 = Processor.ReadCr4();
    }

    /// <summary>Starts a CPU and waits until it is about to run its program.</summary>
    /// <returns>False when memory is lacking or the CPU does not answer in time.</returns>
    public bool TryStart(uint apicId, int index, ICpuProgram program)
    {
        _area = HostPages.Allocate((int)(CpuArea.Size / HostPages.Size));
        if (_area is null || !HostMemory.TryGuard(_area) || !TryCopyStart())
        {
            return false;
        }

        CpuArea.PrepareThreadLocals(_area);
        _index = index;
        _program = program;
        _comparison = new TimeStampComparison();
        Volatile.Write(ref _state, Asked);
        s_current = this;
        SetSecondaryStart(_area, Processor.ReadCr3());
        _apic.SendInit(apicId);
        Wait(InitDelay);
        _apic.SendStartup(apicId, (byte)(_startPage >> PageSizes.PageShift));
        if (!WaitBeyond(Asked, SecondStartAfter))
        {
            _apic.SendStartup(apicId, (byte)(_startPage >> PageSizes.PageShift));
        }

        if (!WaitBeyond(Asked, Patience))
        {
            _apic.SendInit(apicId);
            return false;
        }

        TimeStampAgreement agreement = _comparison.Run(0, _clock.TimeStampKilohertz, ComparisonPatience);
        if (!WaitBeyond(Answered, Patience) || Volatile.Read(ref _state) != Ready)
        {
            _apic.SendInit(apicId);
            NoteRefusal(agreement, index);
            return false;
        }

        if (agreement != TimeStampAgreement.Same)
        {
            _clock.Distrust();
            Notices.Add("The time-stamp counter of CPU " + (uint)index + " is " + _comparison.Largest
                + " ticks off: guests are not told that it is one clock.");
        }

        return true;
    }

    // The first C# on another CPU: on its own stack, with its own thread-local block, interrupts off.
    [RuntimeExport("SecondaryStart")]
    private static void Start(byte* area)
    {
        CpuArea.Load(area);
        s_current!.Run();
    }

    private void NoteRefusal(TimeStampAgreement agreement, int index)
    {
        if (agreement == TimeStampAgreement.Apart && _comparison.Largest != 0)
        {
            Notices.Add("The time-stamp counter of CPU " + (uint)index + " is " + _comparison.Largest
                + " ticks off: the CPU is not used, for time would jump there.");
        }
    }

    private ulong ComparisonPatience
    {
        get
        {
            const ulong Milliseconds = 2_000;
            return _clock.TimeStampKilohertz * Milliseconds;
        }
    }

    private bool TryCopyStart()
    {
        ulong length;
        byte* code = (byte*)GetSecondaryStart(&length);
        byte* page = _startPage == 0 ? null : HostMemory.Instance.Map(_startPage, HostPages.Size);
        if (page is null || length > HostPages.Size)
        {
            return false;
        }

        // Sound: the page is mapped, and large enough by the check above.
        new ReadOnlySpan<byte>(code, (int)length).CopyTo(new Span<byte>(page, HostPages.Size));
        return true;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetSecondaryStart")]
    private static extern ulong GetSecondaryStart(ulong* length);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SetSecondaryStart")]
    private static extern void SetSecondaryStart(byte* area, ulong pageTables);

    private void Run()
    {
        Volatile.Write(ref _state, Answered);
        CurrentCpu.Index = _index;
        _setup.EnableOther(_index);
        Processor.WriteCr4(_cr4);
        _apic.EnableCpu();
        PhysicalCpu cpu = new(_apic, _clock);
        ICpuProgram program = _program!;
        TimeStampAgreement agreement = _comparison.Run(1, _clock.TimeStampKilohertz, ComparisonPatience);
        bool isReady = agreement != TimeStampAgreement.Apart && _virtualization.EnableCpu();

        // From here on the boot CPU may start the next one: nothing of this object is used any more.
        Volatile.Write(ref _state, isReady ? Ready : Failed);
        if (isReady)
        {
            program.Run(cpu);
        }

        Processor.HaltForever();
    }

    private bool WaitBeyond(int state, ulong nanoseconds)
    {
        ulong end = _clock.Nanoseconds + nanoseconds;
        while (Volatile.Read(ref _state) <= state)
        {
            if (_clock.Nanoseconds >= end)
            {
                return false;
            }

            Processor.Pause();
        }

        return true;
    }

    private void Wait(ulong nanoseconds)
    {
        ulong end = _clock.Nanoseconds + nanoseconds;
        while (_clock.Nanoseconds < end)
        {
            Processor.Pause();
        }
    }
}
