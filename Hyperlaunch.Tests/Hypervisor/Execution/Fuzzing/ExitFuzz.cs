using System;
using System.Threading;
using Hyperlaunch.Platform.Acpi;
using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>
/// The processor is a fake and exits are values: each case puts a domain into some state and lets its processors exit in every
/// way, beside and beyond what a kernel would do. A case follows from its seed and number alone.
/// </summary>
internal sealed class ExitFuzz : IDisposable
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly FuzzRandom _random = new();
    private readonly FuzzMachine[] _machines;
    private readonly byte[] _tables = new byte[AcpiTables.MaximumSize];
    private long _current = -1;
    private ulong _seed;

    public ExitFuzz()
    {
        FakeHostProcessor small = new();
        small.Set(1, 0, 0, 0, 0, uint.MaxValue);
        FakeHostProcessor middle = new();
        middle.Set(0xD, 0, 3, 0, 0, 0);
        _machines =
        [
            new FuzzMachine(_random, 1, hasControl: false, new FakeHostProcessor(), hasDevices: false),
            new FuzzMachine(_random, 2, hasControl: true, small, hasDevices: true),
            new FuzzMachine(_random, 4, hasControl: true, middle, hasDevices: false),
        ];
    }

    /// <summary>Exits so far.</summary>
    public long Exits
    {
        get
        {
            long exits = 0;
            foreach (FuzzMachine machine in _machines)
            {
                exits += machine.Exits;
            }

            return exits;
        }
    }

    /// <summary>Lives through a case.</summary>
    /// <returns>A digest of all that happened.</returns>
    public ulong Run(ulong seed, long number)
    {
        _seed = seed;
        Volatile.Write(ref _current, number);
        _random.Start(seed, number);
        try
        {
            if (_random.OneIn(1024))
            {
                WriteTables();
            }

            return _random.Of<FuzzMachine>(_machines).Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, case {number}: {e.Message}", e);
        }
    }

    /// <summary>Looks at all memory that no case may have written.</summary>
    public void AssertUntouched()
    {
        foreach (FuzzMachine machine in _machines)
        {
            machine.AssertUntouched();
        }
    }

    /// <summary>Ends the process, naming the case, when one takes as long as no case can.</summary>
    public Timer WatchForHangs()
    {
        long seen = -1;
        return new Timer(
            _ =>
            {
                long current = Volatile.Read(ref _current);
                if (current == seen)
                {
                    Environment.FailFast($"Seed {_seed}, case {current}: it does not end.");
                }

                seen = current;
            },
            null, s_hang, s_hang);
    }

    public void Dispose()
    {
        foreach (FuzzMachine machine in _machines)
        {
            machine.Dispose();
        }
    }

    private void WriteTables()
    {
        int processors = 1 + _random.Below(PlatformLayout.MaximumProcessors);
        AcpiTables.Write(_tables, 0xE_0000, processors, new byte[_random.Below(AcpiTables.MaximumDevices)]);
        if (PlatformPorts.All().Length == 0)
        {
            throw new EscapeException("There are no ports.");
        }
    }
}
