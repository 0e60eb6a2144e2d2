using System;
using System.Collections.Generic;
using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The machine's virtualization extension, tried with guests of a few instructions: every exit in its neutral form, events, and
/// the state that must survive exits and other guests.
/// </summary>
internal sealed class GuestTests
{
    private const byte ReportPort = 0x80;
    private const byte HandlerPort = 0x81;
    private const byte TestVector = 0x40;
    private const byte VectorDebug = 1;
    private const byte VectorGeneralProtection = 13;
    private const byte VectorNmi = 2;
    private const ulong FlagInterrupt = 1 << 9;
    private const ulong Cr4OsXsave = 1 << 18;

    private readonly IVirtualization _virtualization;
    private readonly IHostProcessor _host;
    private readonly IPhysicalCpu _cpu;
    private readonly IClock _clock;
    private readonly RemoteCpu? _remote;
    private readonly GuestMachine _guest;
    private readonly IVirtualProcessor _processor;
    private readonly IVirtualProcessor _other;

    /// <summary>Makes the guests that all tests share.</summary>
    /// <param name="virtualization">The extension to try.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="remote">A second CPU, where the machine has one.</param>
    public GuestTests(IVirtualization virtualization, IMachine machine, RemoteCpu? remote)
    {
        _remote = remote;
        _virtualization = virtualization;
        _host = machine.Processor;
        _cpu = machine.BootCpu;
        _clock = machine.Clock;
        _guest = new GuestMachine(virtualization);
        _processor = _guest.CreateProcessor();
        _other = _guest.CreateProcessor();
    }

    /// <summary>The tests of this class, by name.</summary>
    public void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        MatrixGuest matrix = new(_host, _guest, _processor);
        Add(tests, "real-mode", RealMode);
        Add(tests, "protected-mode", ProtectedMode);
        Add(tests, "long-mode", LongMode);
        Add(tests, "mode-switch", ModeSwitch);
        Add(tests, "instruction-matrix", new InstructionMatrix(matrix).Run);
        Add(tests, "state-matrix", new StateMatrix(matrix, _virtualization.UsesVmmcall).Run);
        Add(tests, "xcr0", Xcr0);
        Add(tests, "inject-interrupt", InjectInterrupt);
        Add(tests, "inject-exception", InjectException);
        Add(tests, "double-fault", DoubleFault);
        Add(tests, "interrupt-window", InterruptWindow);
        Add(tests, "task-priority", TaskPriority);
        Add(tests, "task-priority-stepped", TaskPriorityStepped);
        Add(tests, "nmi", Nmi);
        Add(tests, "nested-fault", NestedFault);
        Add(tests, "reinjection", Reinjection);
        Add(tests, "translations", Translations);
        Add(tests, "remapped-page", () => RemappedPage(static work => work()));
        Add(tests, "single-step", SingleStep);
        Add(tests, "debug-cause", DebugCause);
        Add(tests, "state-kept", StateKept);
        Add(tests, "state-fresh", StateFresh);
        Add(tests, "msrs", Msrs);
        Add(tests, "exit-cost", ExitCost);
        Add(tests, "preemption", () => Preemption(GuestProgram.Spin));
        if (_remote is not null)
        {
            Add(tests, "kick", Kick);
            Add(tests, "migration", Migration);
            Add(tests, "remapped-page-on-two-cpus", () => RemappedPage(RunOnBothCpus));
            Add(tests, "two-cpus", TwoCpus);
        }

        Add(tests, "preemption-masked", () => Preemption(GuestProgram.SpinMasked));
        Add(tests, "two-spinners", TwoSpinners);
        Add(tests, "debug-capture", DebugCapture);
        Add(tests, "alignment-capture", AlignmentCapture);
        Add(tests, "triple-fault", TripleFault);
    }

    private static void Add(List<KeyValuePair<string, Func<bool>>> tests, string name, Func<bool> test)
        => tests.Add(new($"guest-{name}", test));

    private bool RealMode()
    {
        _guest.StartRealMode(_processor, GuestProgram.RealMode);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, ReportPort);
        Same("size", exit.Size, 1);
        Holds("output", !exit.IsInput);
        ulong start = _guest.Address(GuestProgram.RealMode);
        Same("next", exit.NextInstruction, start + 2);
        Skip(exit);
        exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, 0x3F8);
        Same("size", exit.Size, 2);
        Holds("input", exit.IsInput);
        Skip(exit);
        exit = RunTo(ExitReason.Cpuid);
        Skip(exit);
        exit = RunTo(ExitReason.Halt);
        Same("rip", _processor.Rip, start + 2 + 3 + 1 + 2);
        Same("next", exit.NextInstruction, _processor.Rip + 1);
        Same("level", (ulong)_processor.PrivilegeLevel, 0);
        return true;
    }

    private bool ProtectedMode()
    {
        _guest.StartProtectedMode(_processor, GuestProgram.ProtectedMode);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("size", exit.Size, 4);
        Same("eax", _processor.GetRegister(GuestRegister.Rax), 0x12345678);
        Skip(exit);
        Skip(RunTo(ExitReason.Cpuid));
        if (_virtualization.UsesVmmcall)
        {
            Skip(RunTo(ExitReason.Hypercall));
            RunTo(ExitReason.Halt);
        }

        return true;
    }

    private bool LongMode()
    {
        _guest.StartLongMode(_processor, GuestProgram.LongMode);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("rax", _processor.GetRegister(GuestRegister.Rax), 0x123456789abcdef0);
        Same("r15", _processor.GetRegister(GuestRegister.R15), 0x0fedcba987654321);
        Skip(exit);
        Skip(RunTo(ExitReason.Cpuid));
        RunTo(ExitReason.Halt);
        const ulong LongModeBits = (1 << 8) | (1 << 10);
        Same("efer", _processor.Efer, LongModeBits);
        return true;
    }

    private bool ModeSwitch()
    {
        const uint MsrEfer = 0xC000_0080;
        _guest.StartProtectedMode(_processor, GuestProgram.ModeSwitch);
        VmExit exit = RunTo(ExitReason.WriteMsr);
        Same("ecx", _processor.GetRegister(GuestRegister.Rcx), MsrEfer);
        _processor.Efer = _processor.GetRegister(GuestRegister.Rax);
        Skip(exit);
        Skip(RunTo(ExitReason.PortAccess));
        RunTo(ExitReason.Halt);
        const ushort AttributeLong = 1 << 9;
        Holds("64-bit code", (_processor.GetSegment(SegmentRegister.Cs).Attributes & AttributeLong) != 0);
        return true;
    }

    private bool Xcr0()
    {
        if (!HasAvx)
        {
            return true;
        }

        _guest.StartLongMode(_processor, GuestProgram.Xsetbv, Cr4OsXsave);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("at reset", _processor.GetRegister(GuestRegister.Rax), 1);
        Skip(exit);
        RunToXsetbvOr(ExitReason.PortAccess);
        Same("after XSETBV", _processor.GetRegister(GuestRegister.Rax), 7);
        Same("as the host sees it", _processor.Xcr0, 7);
        return true;
    }

    private bool InjectInterrupt()
    {
        _guest.StartLongMode(_processor, GuestProgram.WaitForInterrupt);
        _guest.SetHandler(TestVector, GuestProgram.HandlerInterrupt);
        _processor.Rflags |= FlagInterrupt;
        _processor.SetRegister(GuestRegister.Rbx, 0);
        _processor.InjectInterrupt(TestVector);
        Holds("queued", _processor.IsEventQueued);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Holds("delivered", !_processor.IsEventQueued);
        Holds("masked in the handler", (_processor.Rflags & FlagInterrupt) == 0);
        return true;
    }

    private bool InjectException()
    {
        _guest.StartLongMode(_processor, GuestProgram.LongMode);
        _guest.SetHandler(VectorGeneralProtection, GuestProgram.HandlerFault);
        _processor.InjectException(VectorGeneralProtection, true, 0x1234);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Same("error code", _processor.GetRegister(GuestRegister.Rdi), 0x1234);
        return true;
    }

    private bool DoubleFault()
    {
        const byte VectorDoubleFault = 8;
        _guest.StartLongMode(_processor, GuestProgram.LongMode);
        _guest.SetHandler(VectorDoubleFault, GuestProgram.HandlerFault);
        _processor.InjectException(VectorGeneralProtection, true, 0x1234);
        _processor.InjectException(VectorGeneralProtection, true, 0x1234);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Same("error code", _processor.GetRegister(GuestRegister.Rdi), 0);
        _guest.StartLongMode(_processor, GuestProgram.LongMode);
        _processor.InjectException(VectorDoubleFault, true, 0);
        _processor.InjectException(VectorGeneralProtection, true, 0);
        RunTo(ExitReason.TripleFault);
        return true;
    }

    private bool InterruptWindow()
    {
        _guest.StartLongMode(_processor, GuestProgram.OpenWindow);
        Skip(RunTo(ExitReason.PortAccess));
        _processor.RequestInterruptWindow(true);
        RunTo(ExitReason.InterruptWindow);
        Same("rip", _processor.Rip, _guest.Address(GuestProgram.WindowOpen));
        Holds("interrupts on", (_processor.Rflags & FlagInterrupt) != 0);
        RunTo(ExitReason.PortAccess);

        // Requested and withdrawn: nothing comes.
        _guest.StartLongMode(_processor, GuestProgram.OpenWindow);
        Skip(RunTo(ExitReason.PortAccess));
        _processor.RequestInterruptWindow(true);
        _processor.RequestInterruptWindow(false);
        RunTo(ExitReason.PortAccess);
        return true;
    }

    // An interrupt of class 4 waits: the exit comes behind the MOV that lowers CR8 to 3, and behind no other.
    private bool TaskPriority()
    {
        _guest.StartLongMode(_processor, GuestProgram.LowerPriority);
        Skip(RunTo(ExitReason.PortAccess));
        Same("CR8", _processor.Cr8, 6);
        _processor.AwaitTaskPriority(4);
        RunTo(ExitReason.InterruptWindow);
        Same("CR8", _processor.Cr8, 3);
        Same("rip", _processor.Rip, _guest.Address(GuestProgram.PriorityLowered));
        Skip(RunTo(ExitReason.PortAccess));

        // Awaited no longer: nothing comes.
        _guest.StartLongMode(_processor, GuestProgram.LowerPriority);
        Skip(RunTo(ExitReason.PortAccess));
        _processor.AwaitTaskPriority(4);
        _processor.AwaitTaskPriority(0);
        RunTo(ExitReason.PortAccess);
        Same("CR8", _processor.Cr8, 3);
        return true;
    }

    private bool TaskPriorityStepped()
    {
        _guest.StartLongMode(_processor, GuestProgram.StepPriority);
        _guest.SetHandler(VectorDebug, GuestProgram.HandlerDebug);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Same("CR8", _processor.Cr8, 2);
        ulong stack = _processor.GetRegister(GuestRegister.Rsp);
        Same("return address", _guest.Read(stack), _guest.Address(GuestProgram.PriorityStepped));
        return true;
    }

    private bool Nmi()
    {
        _guest.StartLongMode(_processor, GuestProgram.OpenWindow);
        _guest.SetHandler(VectorNmi, GuestProgram.HandlerNmi);
        Holds("takes one at first", _processor.CanTakeNmi);
        _processor.InjectNmi();
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Holds("masked in the handler", !_processor.CanTakeNmi);
        Skip(exit);
        exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, ReportPort);
        Holds("unmasked by IRET", _processor.CanTakeNmi);

        // Requested inside the handler: comes when the interrupted code can take interrupts.
        _guest.StartLongMode(_processor, GuestProgram.OpenWindow);
        _guest.SetHandler(VectorNmi, GuestProgram.HandlerNmi);
        _processor.Rflags |= FlagInterrupt;
        _processor.InjectNmi();
        Skip(RunTo(ExitReason.PortAccess));
        _processor.RequestNmiWindow();
        RunTo(ExitReason.NmiWindow);
        Holds("unmasked", _processor.CanTakeNmi);
        Same("rip", _processor.Rip, _guest.Address(GuestProgram.OpenWindow));
        return true;
    }

    private bool NestedFault()
    {
        _guest.StartLongMode(_processor, GuestProgram.TouchBeyond);
        VmExit exit = RunTo(ExitReason.NestedPageFault);
        Same("read", exit.GuestPhysicalAddress, GuestMachine.Beyond);
        Holds("no write", !exit.IsWrite && !exit.IsFetch && !exit.IsPageWalk);
        const ulong LengthOfMove = 8;
        _processor.Rip += LengthOfMove;
        exit = RunTo(ExitReason.NestedPageFault);
        Same("written", exit.GuestPhysicalAddress, GuestMachine.Beyond + 8);
        Holds("write", exit.IsWrite);

        // The guest's own page table is gone: the walk faults.
        _guest.StartLongMode(_processor, GuestProgram.LongMode);
        _processor.Cr3 = GuestMachine.Beyond;
        exit = RunTo(ExitReason.NestedPageFault);
        Holds("walk", exit.IsPageWalk && exit.GuestPhysicalAddress == GuestMachine.Beyond);
        return true;
    }

    // The stack of an interrupt handler has no memory at first: the delivery must be taken up again after the fault.
    private bool Reinjection()
    {
        _guest.StartLongMode(_processor, GuestProgram.WaitForInterrupt);
        _guest.SetHandler(TestVector, GuestProgram.HandlerInterrupt);
        _guest.UnmapPage(GuestMachine.SparePage);
        _processor.InvalidateTranslations();
        _processor.SetRegister(GuestRegister.Rsp, GuestMachine.SparePage + 0x800);
        _processor.Rflags |= FlagInterrupt;
        _processor.InjectInterrupt(TestVector);
        VmExit exit = RunTo(ExitReason.NestedPageFault);
        Holds("queued again", _processor.IsEventQueued);
        _guest.MapPage(GuestMachine.SparePage);
        exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        return true;
    }

    // A page taken away is not reached through an old translation; what is said at RemappedPage of the emulators holds here too.
    private bool Translations()
    {
        _guest.StartLongMode(_processor, GuestProgram.CpuidLoop);
        Skip(RunTo(ExitReason.Cpuid));
        Skip(RunTo(ExitReason.Cpuid));
        ulong page = _guest.Address(GuestProgram.CpuidLoop) & ~0xFFFUL;
        _guest.UnmapPage(page);
        _processor.InvalidateTranslations();
        VmExit exit = RunTo(ExitReason.NestedPageFault);
        Holds("fetch", exit.IsFetch);
        Same("address", exit.GuestPhysicalAddress & ~0xFFFUL, page);
        _guest.MapPage(page);
        RunTo(ExitReason.Cpuid);
        return true;
    }

    // Another page lies at the same address: the guest finds what is in it, on each CPU that it ran on before. A missing flush
    // shows on hardware only: both emulators drop all translations at each entry (seen in Bochs by leaving the flush out).
    private bool RemappedPage(Action<Action> run)
    {
        const int Rounds = 4;
        _guest.StartLongMode(_processor, GuestProgram.ReadPage);
        _guest.Write(GuestMachine.SparePage, 1);
        _guest.Write(GuestMachine.OtherPage, 2);
        for (int round = 0; round < Rounds; round++)
        {
            ulong expected = (ulong)(round & 1) + 1;
            run(() =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    Skip(RunTo(ExitReason.PortAccess));
                    Same("the page", _processor.GetRegister(GuestRegister.Rbx), expected);
                }
            });
            _guest.MapPageTo(GuestMachine.SparePage, expected == 1 ? GuestMachine.OtherPage : GuestMachine.SparePage);
            _processor.InvalidateTranslations();
        }

        return true;
    }

    private void RunOnBothCpus(Action work)
    {
        string problem = "";
        work();
        _processor.Leave();
        _remote!.Begin(() =>
        {
            try
            {
                work();
            }
            catch (InvalidOperationException exception)
            {
                problem = exception.Message;
            }

            _processor.Leave();
        });
        Holds("the other CPU is done", _remote.WaitUntilDone());
        Holds(problem, problem.Length == 0);
    }

    private bool SingleStep()
    {
        _guest.StartLongMode(_processor, GuestProgram.SingleStep);
        _guest.SetHandler(VectorDebug, GuestProgram.HandlerDebug);
        VmExit exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, HandlerPort);
        Skip(exit);
        exit = RunTo(ExitReason.PortAccess);
        Same("port", exit.Port, ReportPort);
        return true;
    }

    // AMD APM vol 2, 15.12.2.
    private bool DebugCause()
    {
        const ulong StepBit = 1 << 14;
        _guest.StartLongMode(_processor, GuestProgram.SingleStep);
        _guest.SetHandler(VectorDebug, GuestProgram.HandlerDebug);
        RunTo(ExitReason.PortAccess);
        Holds("DR6.BS", (_processor.GetRegister(GuestRegister.Rdi) & StepBit) != 0);
        return true;
    }

    private bool TripleFault()
    {
        _guest.StartLongMode(_processor, GuestProgram.TripleFault);
        RunTo(ExitReason.TripleFault);
        return true;
    }

    // Two guests with numbers of their own in all registers, in turns, and floating-point arithmetic of the host between them.
    private bool StateKept()
    {
        const int Rounds = 20;
        StartStateKeep(_processor, 0x1111_2222_3333_4444);
        StartStateKeep(_other, 0x5555_6666_7777_8888);
        double sum = 0;
        for (int round = 0; round < Rounds; round++)
        {
            RunRound(_processor);
            sum += Math.Sqrt(round);
            RunRound(_other);
            sum *= 1.5;
        }

        return sum > 0;
    }

    private bool StateFresh()
    {
        const uint MxcsrAtReset = 0x1F80;
        StartStateKeep(_other, 0x5555_6666_7777_8888);
        RunRound(_other);
        _guest.StartLongMode(_processor, GuestProgram.StateFresh);
        RunTo(ExitReason.PortAccess);
        Same("dr0", _processor.GetRegister(GuestRegister.Rsi), 0);
        Same("dr3", _processor.GetRegister(GuestRegister.Rdi), 0);
        Same("xmm15", _processor.GetRegister(GuestRegister.R9), 0);
        Same("mxcsr", _processor.GetRegister(GuestRegister.R10), MxcsrAtReset);
        Same("fpu status", _processor.GetRegister(GuestRegister.R11), 0);
        return true;
    }

    private bool Msrs()
    {
        const uint Lstar = 0xC000_0082;
        const uint Pat = 0x277;
        _processor.Reset();
        Holds("canonical", _processor.TryWriteMsr(Lstar, 0xFFFF_8000_0000_0000));
        Holds("not canonical", !_processor.TryWriteMsr(Lstar, 0x0000_8000_0000_0000));
        Holds("reads back", _processor.TryReadMsr(Lstar, out ulong value) && value == 0xFFFF_8000_0000_0000);
        Holds("reserved type", !_processor.TryWriteMsr(Pat, 2));
        Holds("PAT at reset", _processor.TryReadMsr(Pat, out value) && value == 0x0007_0406_0007_0406);
        Holds("another's", !_processor.TryReadMsr(0x10, out _));
        return true;
    }

    // A guest that spins is stopped by the host's timer, again and again.
    private bool Preemption(GuestProgram spinner)
    {
        const int Rounds = 20;
        const ulong Millisecond = 1_000_000;
        const ulong Late = 5_000 * Millisecond;
        _guest.StartLongMode(_processor, spinner);
        for (int round = 0; round < Rounds; round++)
        {
            ulong start = _clock.Nanoseconds;
            ulong deadline = start + Millisecond;
            RunUntil(_cpu, _processor, deadline);
            ulong elapsed = _clock.Nanoseconds - start;
            Holds($"not early: {elapsed} ns", elapsed >= Millisecond);
            Holds($"not late: {elapsed} ns", elapsed < Late);
        }

        Holds("it ran", _processor.GetRegister(GuestRegister.Rbx) > 0);
        return true;
    }

    private bool TwoSpinners()
    {
        _guest.StartLongMode(_other, GuestProgram.SpinMasked);
        _guest.StartLongMode(_processor, GuestProgram.SpinMasked);
        return BothRun();
    }

    // A guest whose exception comes again before any interrupt is taken leaves the CPU to its neighbour (XSA-156). The breakpoint
    // watches the first word of its frame; QEMU breaks such a delivery off in the middle, and that of INT1, so there it is on the
    // handler.
    private bool DebugCapture()
    {
        const ulong WatchWrites = 0x90403;
        const ulong WatchFetches = 0x00403;
        _guest.StartLongMode(_other, GuestProgram.Spin);
        _guest.StartLongMode(_processor, GuestProgram.CaptureDebug);
        _guest.SetDebugStack(_processor, GuestProgram.HandlerReturn);
        _processor.SetRegister(
            GuestRegister.Rsi, IsTcg ? _guest.Address(GuestProgram.HandlerReturn) : GuestMachine.InterruptStack - 8);
        _processor.SetRegister(GuestRegister.R8, IsTcg ? 1u : 0u);
        _processor.SetRegister(GuestRegister.Rdi, IsTcg ? WatchFetches : WatchWrites);
        return BothRun();
    }

    private bool AlignmentCapture()
    {
        _guest.StartLongMode(_other, GuestProgram.Spin);
        _guest.StartAlignmentCheck(_processor, GuestProgram.CaptureAlignment);
        return BothRun();
    }

    // Each in its turns.
    private bool BothRun()
    {
        const int Rounds = 20;
        const ulong Millisecond = 1_000_000;
        const ulong Late = 5_000 * Millisecond;
        ulong end = _clock.Nanoseconds + Late;

        // An emulator on a busy host may run neither of them in a round: then there are more.
        for (int round = 0; round < Rounds || (!BothRan() && _clock.Nanoseconds < end); round++)
        {
            RunUntil(_cpu, _processor, _clock.Nanoseconds + Millisecond);
            RunUntil(_cpu, _other, _clock.Nanoseconds + Millisecond);
        }

        Holds("both ran", BothRan());
        return true;

        bool BothRan() => _processor.GetRegister(GuestRegister.Rbx) > 0 && _other.GetRegister(GuestRegister.Rbx) > 0;
    }

    private bool ExitCost()
    {
        const int Exits = 5_000;
        _guest.StartLongMode(_processor, GuestProgram.CpuidLoop);
        RunTo(ExitReason.Cpuid);
        VmExit exit = default;
        ulong start = _clock.Nanoseconds;
        for (int i = 0; i < Exits; i++)
        {
            _processor.Enter(ref exit);
            _processor.Rip = exit.NextInstruction;
        }

        ulong elapsed = _clock.Nanoseconds - start;
        DirectConsole.Write($"(HV) selftest exit-ns={elapsed / Exits}\n");
        Same("reason", (ulong)exit.Reason, (ulong)ExitReason.Cpuid);
        return true;
    }

    // A guest that spins on another CPU leaves it when that CPU is kicked.
    private bool Kick()
    {
        const int Rounds = 50;
        _other.Leave();
        _guest.StartLongMode(_other, GuestProgram.Spin);
        VmExit exit = default;
        int isEntering = 0;
        for (int round = 0; round < Rounds; round++)
        {
            ulong turns = _other.GetRegister(GuestRegister.Rbx);
            Volatile.Write(ref isEntering, 0);
            _remote!.Begin(() =>
            {
                // Interrupts are off: a kick from here on waits for the guest.
                Volatile.Write(ref isEntering, 1);
                do
                {
                    _other.Enter(ref exit);
                }
                while (exit.Reason == ExitReason.TimeSlice);

                _remote.Cpu.AcknowledgeInterrupts();
                _other.Leave();
            });
            while (Volatile.Read(ref isEntering) == 0)
            {
            }

            Wait(100_000);
            _remote.Cpu.Kick();
            Holds("it left", _remote.WaitUntilDone());
            Expect(_other, exit, ExitReason.ExternalInterrupt);
            Holds("it ran", _other.GetRegister(GuestRegister.Rbx) >= turns);
        }

        Holds("it ran at all", _other.GetRegister(GuestRegister.Rbx) > 0);
        return true;
    }

    // All state goes along from CPU to CPU.
    private bool Migration()
    {
        const int Rounds = 10;
        StartStateKeep(_processor, 0x1111_2222_3333_4444);
        StartStateKeep(_other, 0x5555_6666_7777_8888);
        string problem = "";
        for (int round = 0; round < Rounds; round++)
        {
            RunRound(_processor);
            _processor.Leave();
            _remote!.Begin(() =>
            {
                try
                {
                    RunRound(_other);
                    RunRound(_processor);
                    RunRound(_other);
                    _processor.Leave();
                }
                catch (InvalidOperationException exception)
                {
                    problem = exception.Message;
                }
            });
            Holds("the other CPU is done", _remote.WaitUntilDone());
            Holds(problem, problem.Length == 0);
        }

        _remote!.Begin(_other.Leave);
        Holds("the other CPU is done", _remote.WaitUntilDone());
        return true;
    }

    private bool TwoCpus()
    {
        const ulong Slice = 5_000_000;
        const ulong Patience = 20_000_000_000;
        _guest.StartLongMode(_processor, GuestProgram.Spin);
        _guest.StartLongMode(_other, GuestProgram.Spin);
        ulong end = _clock.Nanoseconds + Patience;
        while (_processor.GetRegister(GuestRegister.Rbx) == 0 || _other.GetRegister(GuestRegister.Rbx) == 0)
        {
            Holds("both run", _clock.Nanoseconds < end);
            ulong deadline = _clock.Nanoseconds + Slice;
            _remote!.Begin(() => RunUntil(_remote.Cpu, _other, deadline));
            RunUntil(_cpu, _processor, deadline);
            Holds("the other CPU is done", _remote.WaitUntilDone());
        }

        _remote!.Begin(_other.Leave);
        return _remote.WaitUntilDone();
    }

    private void Wait(ulong nanoseconds)
    {
        ulong end = _clock.Nanoseconds + nanoseconds;
        while (_clock.Nanoseconds < end)
        {
        }
    }

    private void RunUntil(IPhysicalCpu cpu, IVirtualProcessor processor, ulong deadline)
    {
        VmExit exit = default;
        while (_clock.Nanoseconds < deadline)
        {
            // Anew each time: what made it exit may have been a kick, or a timer that was armed before.
            cpu.ArmTimer(deadline);
            processor.Enter(ref exit);
            if (exit.Reason is not (ExitReason.TimeSlice or ExitReason.Reinjected))
            {
                Expect(processor, exit, ExitReason.ExternalInterrupt);
            }

            cpu.AcknowledgeInterrupts();
        }

        cpu.ArmTimer(ulong.MaxValue);
    }

    private bool IsTcg => (_host.Cpuid(1, 0).Ecx & (1u << 31)) != 0 && _host.Cpuid(0x4000_0000, 0).Ebx == 0x5447_4354;

    private bool HasAvx => (_host.Cpuid(1, 0).Ecx & (1u << 28)) != 0;

    private void StartStateKeep(IVirtualProcessor processor, ulong number)
    {
        _guest.StartLongMode(processor, GuestProgram.StateKeep, HasAvx ? Cr4OsXsave : 0);
        processor.SetRegister(GuestRegister.Rbx, number);
        processor.SetRegister(GuestRegister.R8, HasAvx ? 1u : 0u);
    }

    private void RunRound(IVirtualProcessor processor)
    {
        VmExit exit = default;
        Run(processor, ref exit);
        while (exit.Reason == ExitReason.SetExtendedControl)
        {
            processor.Xcr0 = (uint)processor.GetRegister(GuestRegister.Rax);
            processor.Rip = exit.NextInstruction;
            Run(processor, ref exit);
        }

        Expect(processor, exit, ExitReason.PortAccess);
        processor.Rip = exit.NextInstruction;
    }

    private void RunToXsetbvOr(ExitReason reason)
    {
        VmExit exit = default;
        Run(_processor, ref exit);
        if (exit.Reason == ExitReason.SetExtendedControl)
        {
            _processor.Xcr0 = (uint)_processor.GetRegister(GuestRegister.Rax);
            Skip(exit);
            Run(_processor, ref exit);
        }

        Expect(_processor, exit, reason);
    }

    private VmExit RunTo(ExitReason reason)
    {
        VmExit exit = default;
        Run(_processor, ref exit);
        Expect(_processor, exit, reason);
        return exit;
    }

    private void Run(IVirtualProcessor processor, ref VmExit exit) => _guest.Run(processor, ref exit);

    private void Skip(VmExit exit) => _processor.Rip = exit.NextInstruction;

    private static void Expect(IVirtualProcessor processor, VmExit exit, ExitReason reason)
    {
        if (exit.Reason != reason)
        {
            throw new InvalidOperationException(
                $"exit {(int)reason} expected, but {(int)exit.Reason} raw={exit.RawReason:x} info={exit.Qualification:x} "
                    + $"rip={processor.Rip:x} {exit.Diagnosis}");
        }
    }

    private static void Same(string what, ulong actual, ulong expected)
    {
        if (actual != expected)
        {
            throw new InvalidOperationException($"{what} is {actual:x}, expected {expected:x}");
        }
    }

    private static void Holds(string what, bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException(what);
        }
    }
}
