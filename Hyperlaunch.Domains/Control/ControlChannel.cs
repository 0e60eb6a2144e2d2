using System;
using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Control;

/// <summary>
/// The hypervisor's end of a domain's second serial port, over which the domain gives commands. What the domain sends waits here for
/// the boot CPU, and what it is answered waits here for its serial port; neither holds up anybody but the domain.
/// </summary>
public sealed class ControlChannel : ISerialSink, IControlOutput
{
    // A command with the longest command line that a kernel takes fits.
    private const int RequestBits = 12;

    // A few of the longest answers.
    private const int AnswerBits = 14;

    // The FIFO of a 16550.
    private const uint Burst = 16;

    private readonly ByteRing _requests = new(RequestBits);
    private readonly ByteRing _answers = new(AnswerBits);

    /// <summary>Whether answers wait for the domain's serial port.</summary>
    internal bool HasAnswers => _answers.Count != 0;

    /// <inheritdoc/>
    bool ISerialSink.IsReady => _requests.Count <= (1u << RequestBits) - Burst;

    /// <inheritdoc/>
    bool IControlOutput.HasRoom => _answers.Count + ControlLine.Capacity <= 1u << AnswerBits;

    /// <inheritdoc/>
    bool IControlOutput.IsTerminal => false;

    /// <inheritdoc/>
    void ISerialSink.Put(byte value) => _requests.TryPut(value);

    /// <inheritdoc/>
    void IControlOutput.Write(ReadOnlySpan<byte> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            _answers.TryPut(line[i]);
        }
    }

    /// <inheritdoc/>
    void IControlOutput.Echo(ReadOnlySpan<byte> text)
    {
    }

    /// <summary>Takes the next byte that the domain sent.</summary>
    internal bool TryTake(out byte value) => _requests.TryTake(out value);

    /// <summary>Moves answers on to the serial port while it has room.</summary>
    internal void Pump(VirtualMachine machine)
    {
        while (_answers.Count != 0 && machine.TryReceiveControl(_answers.Peek(0)))
        {
            _answers.TryTake(out _);
        }
    }

    /// <summary>Forgets everything: the domain is built again. It does not run.</summary>
    internal void Reset()
    {
        _requests.Clear();
        _answers.Clear();
    }
}
