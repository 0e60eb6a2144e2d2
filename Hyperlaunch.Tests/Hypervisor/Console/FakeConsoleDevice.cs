using System;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Tests.Hypervisor.Console;

/// <summary>A console whose output is kept, whose input is given, and whose queue can be made short.</summary>
internal sealed class FakeConsoleDevice : IConsoleDevice
{
    private readonly StringBuilder _output = new();
    private readonly Queue<byte> _input = new();

    public int Room { get; set; } = 65536;

    public string Output => _output.ToString();

    public int Write(ReadOnlySpan<byte> bytes)
    {
        _output.Append(Encoding.Latin1.GetString(bytes));
        return bytes.Length;
    }

    public bool Drain() => false;

    public bool TryRead(out byte value) => _input.TryDequeue(out value);

    public void Type(string text)
    {
        foreach (char c in text)
        {
            _input.Enqueue((byte)c);
        }
    }
}
