using System;
using System.Runtime.CompilerServices;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>A domain with a whole platform on a machine of two CPUs, lived through in short cases.</summary>
internal sealed class FuzzMachine : IDisposable
{
    private const int MostTurns = 40;
    private const int MostMappingsOfATurn = 20_000;
    private const ulong LatestStart = 1UL << 62;

    private readonly FuzzRandom _random;
    private readonly FakeClock _clock;
    private readonly ExitGenerator _generator;
    private readonly FuzzMemory _bytes = new();
    private readonly FuzzProcessor[] _processors;
    private readonly FuzzCpu[] _cpus;
    private readonly FuzzSink _serial;
    private readonly FuzzSink? _control;
    private readonly VirtualMachine _machine;
    private readonly ExitCounts _sum = new();

    public FuzzMachine(FuzzRandom random, int capacity, bool hasControl, IHostProcessor host, bool hasDevices)
    {
        _random = random;
        _clock = new FakeClock();
        _generator = new ExitGenerator(random, _clock);
        MemoryMapEntry[] map = [new MemoryMapEntry(MemoryRange.FromLength(0, FuzzMemory.Size), MemoryKind.Usable)];
        GuestMemory memory = new(_bytes, new PageAllocator(map, [], 16), PageTableFormat.AmdNested);
        if (!memory.TryAllocate(FuzzMemory.DomainSize, out ConstructionProblem problem) || !memory.TryPopulateAll())
        {
            throw new InvalidOperationException(problem.Describe());
        }

        _bytes.EndConstruction();
        _processors = new FuzzProcessor[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _processors[i] = new FuzzProcessor(_generator);
        }

        _serial = new FuzzSink(random);
        _control = hasControl ? new FuzzSink(random) : null;
        _cpus = [new FuzzCpu(random, _clock), new FuzzCpu(random, _clock)];
        IGuestInterface[] interfaces = [new KvmClock(_clock, capacity), new FuzzInterface()];
        _machine = new VirtualMachine(
            7, memory, _serial, _control, _processors, _clock, new CpuidPolicy(host), interfaces);
        if (hasDevices)
        {
            _machine.Platform.Attach(new FuzzHostDevices());
        }
    }

    /// <summary>Exits so far.</summary>
    public long Exits
    {
        get
        {
            long exits = 0;
            foreach (FuzzProcessor processor in _processors)
            {
                exits += processor.Entries;
            }

            return exits;
        }
    }

    /// <summary>Lives through a case that the random numbers decide.</summary>
    /// <returns>A digest of all that happened.</returns>
    public ulong Run()
    {
        CpuScheduler[] schedulers = Start();
        ulong digest = 0;
        for (int turn = 0; turn < MostTurns; turn++)
        {
            Interfere();
            _bytes.Mappings = 0;
            schedulers[turn & 1].RunOnce();
            if (Drawn(_machine.Gate) != Turn(_machine.Gate))
            {
                throw new EscapeException("The gate is held after a turn.");
            }

            if (_bytes.Mappings > MostMappingsOfATurn)
            {
                throw new EscapeException($"A turn reached for memory {_bytes.Mappings} times.");
            }

            if (_machine.IsStopped)
            {
                digest = FuzzRandom.Mix(digest + End());
                if (!_random.OneIn(4))
                {
                    break;
                }

                Begin();
            }
        }

        foreach (FuzzProcessor processor in _processors)
        {
            digest = FuzzRandom.Mix(digest + processor.Digest);
        }

        digest = FuzzRandom.Mix(digest + _bytes.Digest() + _serial.Digest + (_control is null ? 0 : _control.Digest));
        _bytes.AssertUntouched(all: false);
        _bytes.Restore();
        return digest;
    }

    /// <summary>Looks at all memory that no case may have written.</summary>
    public void AssertUntouched() => _bytes.AssertUntouched(all: true);

    public void Dispose() => _bytes.Dispose();

    private CpuScheduler[] Start()
    {
        _clock.Nanoseconds = _random.OneIn(2) ? _random.Under(1 << 30) : _random.Number() & (LatestStart - 1);
        CpuScheduler[] schedulers = new CpuScheduler[2];
        for (int i = 0; i < schedulers.Length; i++)
        {
            schedulers[i] = new CpuScheduler(_clock, _machine.Capacity);
            schedulers[i].Attach(_cpus[i], _random.OneIn(4) ? _cpus[i] : null);
            _cpus[i].Start();
        }

        for (int i = 0; i < _machine.Capacity; i++)
        {
            _machine.Cpu(i).VirtualRuntime = 0;
            schedulers[_random.Below(2)].TryAdd(_machine.Cpu(i));
        }

        if (_random.OneIn(256))
        {
            _machine.Memory.Reset();
        }

        _serial.Start();
        _control?.Start();
        Begin();
        return schedulers;
    }

    private void Begin()
    {
        _machine.Reset(1 + _random.Below(_machine.Capacity));
        ulong tables = _random.OneIn(2) ? 0x9000u : 0;
        _machine.Start(new DomainEntry("fuzz", 0x10_0000, default, default, GuestRegister.Rbx, 0x1000, tables));
        _generator.Start(_machine.Memory);
        foreach (FuzzProcessor processor in _processors)
        {
            processor.Reset();
            processor.Forget();
            _generator.Choose(processor);
        }

        _machine.Unpause();
    }

    // What happens to a domain from outside, and time.
    private void Interfere()
    {
        ulong choice = _random.Next();
        _clock.Nanoseconds += (choice & 7) switch
        {
            0 => _random.Under(50_000_000),
            1 => _random.Next() >> 32 + _random.Below(32),
            _ => choice >> 40 & 0xFFFF,
        };
        if ((choice >> 3 & 7) == 0)
        {
            _machine.TryReceiveSerial((byte)(choice >> 8));
            _machine.TryReceiveControl((byte)(choice >> 8));
        }

        if ((choice >> 16 & 127) == 0)
        {
            _machine.Pause();
        }
        else if ((choice >> 16 & 15) == 1)
        {
            _machine.Unpause();
        }
        else if ((choice >> 16 & 1023) == 2)
        {
            _machine.Destroy();
        }
    }

    private ulong End()
    {
        StopRecord record = _machine.Record;
        StopReason reason = record.Reason;
        _machine.SumExits(_sum);
        ulong digest = _sum.Total + (ulong)ExitCounts.Name(record.Exit.Reason).Length;
        digest += (_machine.IsAtRest ? 1u : 0) + (_machine.IsQuiet ? 2u : 0);
        return digest + (ulong)reason + record.Rip + record.Cr3 + (ulong)StopReasonNames.Name(reason).Length
            + (StopReasonNames.HasRegisters(reason) ? 1u : 0) + (StopReasonNames.IsFailure(reason) ? 1u : 0);
    }

    // A gate is held while a ticket has been drawn whose turn has not passed.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_next")]
    private static extern ref int Drawn(SpinGate gate);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_turn")]
    private static extern ref int Turn(SpinGate gate);
}
