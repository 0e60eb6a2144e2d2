using System;
using System.Collections.Generic;
using System.Threading;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The runtime with two CPUs in it at once: each test does the same on both, and then looks at what they share.
/// </summary>
internal sealed class ConcurrencyTests(RemoteCpu remote)
{
    private const int Rounds = 500;

    [ThreadStatic]
    private static int t_count;

    private static int s_slowRuns;

    private readonly Lock _gate = new();
    private readonly object _monitor = new();
    private int _shared;
    private int _failures;

    /// <summary>The tests of this class, by name.</summary>
    public void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        tests.Add(new("smp-exceptions", () => OnBoth(ThrowAndCatch)));
        tests.Add(new("smp-allocation", () => OnBoth(Allocate)));
        tests.Add(new("smp-lock", () => OnBoth(Lock) && _shared == 4 * Rounds));
        tests.Add(new("smp-thread-static", () => OnBoth(CountAlone)));
        tests.Add(new("smp-static-constructor", () => OnBoth(UseSlow) && s_slowRuns == 1));
        tests.Add(new("smp-interface-dispatch", () => OnBoth(CallManyTypes)));
    }

    private bool OnBoth(Func<bool> work)
    {
        _shared = 0;
        _failures = 0;
        int arrived = 0;
        void Work()
        {
            // Both begin together.
            Interlocked.Increment(ref arrived);
            while (Volatile.Read(ref arrived) < 2)
            {
            }

            if (!work())
            {
                Interlocked.Increment(ref _failures);
            }
        }

        remote.Begin(Work);
        Work();
        return remote.WaitUntilDone() && _failures == 0;
    }

    private static bool ThrowAndCatch()
    {
        int caught = 0;
        for (int i = 0; i < Rounds; i++)
        {
            try
            {
                Throw(i);
            }
            catch (InvalidOperationException exception) when (exception.HResult == i)
            {
                caught++;
            }
        }

        return caught == Rounds;
    }

    private static void Throw(int number)
    {
        try
        {
            throw new InvalidOperationException { HResult = number };
        }
        finally
        {
            t_count++;
        }
    }

    private static bool Allocate()
    {
        int[]?[] blocks = new int[Rounds][];
        int mark = Environment.CurrentManagedThreadId;
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new int[i % 50];
            foreach (int word in blocks[i]!)
            {
                if (word != 0)
                {
                    return false;
                }
            }

            Array.Fill(blocks[i]!, mark);
        }

        foreach (int[]? block in blocks)
        {
            foreach (int word in block!)
            {
                if (word != mark)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool Lock()
    {
        for (int i = 0; i < Rounds; i++)
        {
            lock (_gate)
            {
                _shared++;
            }

            lock (_monitor)
            {
                lock (_gate)
                {
                    _shared++;
                }
            }
        }

        return true;
    }

    private static bool CountAlone()
    {
        t_count = 0;
        for (int i = 0; i < Rounds; i++)
        {
            t_count++;
        }

        return t_count == Rounds;
    }

    private static bool UseSlow() => Slow.Value == 7;

    private static bool CallManyTypes()
    {
        object[] values = [(byte)1, (sbyte)1, (short)1, (ushort)1, 1, 1U, 1L, 1UL, 'a', true];
        int sum = 0;
        for (int i = 0; i < Rounds; i++)
        {
            sum += (int)((IConvertible)values[i % values.Length]).GetTypeCode();
        }

        // Byte to UInt64 are 5 to 12, SByte among them; Char is 4 and Boolean 3.
        return sum == Rounds / values.Length * (5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 4 + 3);
    }

    private static class Slow
    {
        public static readonly int Value = LanguageTests.Opaque(7);

        static Slow()
        {
            s_slowRuns++;
            for (int i = 0; i < 100_000; i++)
            {
                LanguageTests.Opaque(i);
            }
        }
    }
}
