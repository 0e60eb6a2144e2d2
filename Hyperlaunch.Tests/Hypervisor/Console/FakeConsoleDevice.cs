using System;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Tests.Hypervisor.Console;

/// <summary>
/// A console whose output is kept, whose input is given, whose queue can be made short, and which can be slow or stuck.
/// </summary>
internal sealed class FakeConsoleDevice(FakeClock clock) : IConsoleDevice
{
    private readonly StringBuilder _output = new();
    private readonly Queue<byte> _input = new();

    public int Room { get; set; } = 65536;

    public string Output => _output.ToString();

    /// <summary>What a byte costs, in nanoseconds.</summary>
    public ulong TimePerByte { get; set; }

    /// <summary>The line takes nothing; each attempt takes a microsecond.</summary>
    public bool IsStuck { get; set; }

    public bool IsGivenUp { get; private set; }

    /// <summary>Called for what is written.</summary>
    public Action? OnWrite { get; set; }

    /// <summary>There is always one more byte to read.</summary>
    public bool TypesForEver { get; set; }

    public void GiveUp() => IsGivenUp = true;

    public int Write(ReadOnlySpan<byte> bytes)
    {
        if (IsGivenUp)
        {
            return bytes.Length;
        }

        if (IsStuck)
        {
            clock.Nanoseconds += 1_000;
            return 0;
        }

        clock.Nanoseconds += TimePerByte * (ulong)bytes.Length;
        OnWrite?.Invoke();
        _output.Append(Encoding.Latin1.GetString(bytes));
        return bytes.Length;
    }

    public bool Drain() => false;

    public bool TryRead(out byte value) => _input.TryDequeue(out value) || TypesForEver;

    public void Type(string text)
    {
        foreach (char c in text)
        {
            _input.Enqueue((byte)c);
        }
    }
}
