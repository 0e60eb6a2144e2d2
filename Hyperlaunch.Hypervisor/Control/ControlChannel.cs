using System;
using System.Threading;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>
/// The hypervisor's end of a domain's second serial port, over which the domain gives commands. What the domain sends waits here
/// for the boot CPU, and what it is answered waits here for its serial port; neither holds up anybody but the domain.
/// </summary>
internal sealed class ControlChannel : IReopenedSink, IControlOutput
{
    /// <summary>The most bytes that a line of an answer has, with its end.</summary>
    internal const int LongestAnswer = 8192;

    // A command with the longest command line that a kernel takes fits.
    private const int RequestBits = 12;

    // A few of the longest answers.
    private const int AnswerBits = 14;

    // The FIFO of a 16550.
    private const uint Burst = 16;

    // Stands among the requests where the domain emptied its receiver. No command has it, and from the domain it is not taken.
    private const byte Emptied = 0xFF;

    private readonly ByteRing _requests = new(RequestBits);
    private readonly ByteRing _answers = new(AnswerBits);

    // How often the domain emptied its receiver, and how often the boot CPU has taken notice. The first changes under the
    // domain's gate.
    private uint _emptied;
    private uint _noticed;

    /// <summary>Whether answers wait for the domain's serial port.</summary>
    internal bool HasAnswers => _answers.Count != 0;

    /// <inheritdoc/>
    bool ISerialSink.IsReady => _requests.Count <= (1u << RequestBits) - Burst;

    /// <inheritdoc/>
    bool IControlOutput.HasRoom => _answers.Count + LongestAnswer <= 1u << AnswerBits;

    /// <inheritdoc/>
    bool IReopenedSink.IsStale => Volatile.Read(ref _emptied) != _noticed;

    /// <inheritdoc/>
    void ISerialSink.Put(byte value)
    {
        if (value != Emptied)
        {
            _requests.TryPut(value);
        }
    }

    /// <inheritdoc/>
    void IReopenedSink.OnReceiverEmptied()
    {
        if (_requests.TryPut(Emptied))
        {
            Volatile.Write(ref _emptied, _emptied + 1);
        }
    }

    /// <inheritdoc/>
    void IControlOutput.Write(ReadOnlySpan<byte> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            _answers.TryPut(line[i]);
        }
    }

    /// <summary>Takes the next byte that the domain sent.</summary>
    internal bool TryTake(out byte value) => _requests.TryTake(out value);

    /// <summary>
    /// When the domain emptied its receiver before it sent anything else, drops what it has been answered: whoever opens the port
    /// next finds no end of an answer that somebody else did not read, nor of news.
    /// </summary>
    /// <returns>Whether it did.</returns>
    internal bool TryBeginAnew()
    {
        if (_requests.Count == 0 || _requests.Peek(0) != Emptied)
        {
            return false;
        }

        _requests.TryTake(out _);
        _answers.Clear();
        _noticed++;
        return true;
    }

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
        _emptied = 0;
        _noticed = 0;
    }
}
