using System;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// Keeps the latest lines of the hypervisor on their way to the console, for those who come later and ask. Allocates nothing once
/// made.
/// </summary>
internal sealed class LogHistory : IEventSink
{
    private const int SizeBits = 15;
    private const uint Mask = (1u << SizeBits) - 1;

    private readonly IEventSink _next;
    private readonly byte[] _bytes = new byte[1 << SizeBits];
    private readonly SpinGate _gate = new();
    private ulong _written;

    /// <summary>Makes an empty history.</summary>
    /// <param name="next">Where each line goes on to.</param>
    public LogHistory(IEventSink next) => _next = next;

    /// <inheritdoc/>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        _gate.Enter();
        for (int i = 0; i < line.Length; i++)
        {
            _bytes[(int)((uint)_written & Mask)] = line[i];
            _written++;
        }

        _gate.Exit();
        _next.WriteLine(line);
    }

    /// <summary>Reads the next whole line that is still there.</summary>
    /// <param name="position">Where to read on: 0 at first; moved behind the line.</param>
    /// <param name="line">Takes the line without its end; what does not fit is cut.</param>
    /// <returns>False when there is no further line.</returns>
    public bool TryRead(ref ulong position, LineBuffer line)
    {
        line.Clear();
        _gate.Enter();
        ulong oldest = _written > Mask + 1 ? _written - (Mask + 1) : 0;
        if (position < oldest)
        {
            // What is left of a line that was partly overwritten is passed over.
            position = oldest;
            while (position < _written && At(position) != (byte)'\n')
            {
                position++;
            }

            position++;
        }

        bool isThere = position < _written;
        for (; position < _written; position++)
        {
            byte value = At(position);
            if (value == (byte)'\n')
            {
                position++;
                break;
            }

            if (value != (byte)'\r')
            {
                line.Add(value);
            }
        }

        _gate.Exit();
        return isThere;
    }

    private byte At(ulong position) => _bytes[(int)((uint)position & Mask)];
}
