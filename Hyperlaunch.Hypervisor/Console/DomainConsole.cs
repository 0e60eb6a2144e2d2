using System;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>
/// The output of one domain on its way to the machine's console. The domain's serial port writes (one CPU at a time); the
/// multiplexer reads. A domain that writes faster than the console takes fills only its own queue, and then waits.
/// </summary>
internal sealed class DomainConsole : ISerialSink
{
    /// <summary>
    /// The queue's bytes as a power of two. 4 KiB: a burst of kernel messages between two turns of the multiplexer.
    /// </summary>
    internal const int QueueSizeBits = 12;

    // The FIFO of a 16550.
    private const uint Burst = 16;

    /// <summary>A line is shown in pieces of this many bytes at the most, so that no domain holds the console.</summary>
    internal const uint LongestPiece = 256;

    /// <summary>After this long, in nanoseconds, an unfinished line of a domain at rest (a prompt) is shown as it is.</summary>
    internal const ulong PromptDelay = 20_000_000;

    /// <summary>The same for a domain that has work to do, and perhaps waits for its turn in the middle of a line.</summary>
    internal const ulong UnfinishedDelay = 2_000_000_000;

    private readonly ByteRing _queue = new(QueueSizeBits);
    private readonly byte[] _prefix;
    private uint _scanned;
    private uint _seenWritten;
    private ulong _waitingSince;

    /// <summary>Makes the console of a domain.</summary>
    /// <param name="prefix">What each of its lines begins with, such as <c>(d0) </c>.</param>
    public DomainConsole(string prefix)
    {
        Ring = new RingSink(this);
        _prefix = new byte[prefix.Length];
        for (int i = 0; i < prefix.Length; i++)
        {
            _prefix[i] = (byte)prefix[i];
        }
    }

    /// <summary>Where the domain writes that has a console by its guest interface.</summary>
    public ISerialSink Ring { get; }

    /// <summary>Whether what it wrote last came by <see cref="Ring"/>: there a person's answer goes.</summary>
    public bool SpeaksByRing { get; private set; }

    /// <summary>What each line begins with.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix;

    /// <summary>The domain waits for something, most likely for what a person answers to its prompt.</summary>
    public bool IsAtRest { get; set; }

    /// <summary>The domain has ended: nothing follows what it has written.</summary>
    public bool IsOver { get; set; }

    /// <summary>Its bytes pass through unchanged, without a prefix.</summary>
    public bool IsRaw { get; set; }

    /// <summary>Whether anything waits to be shown.</summary>
    public bool HasOutput => _queue.Count != 0;

    /// <summary>How many bytes wait to be shown.</summary>
    internal uint Count => _queue.Count;

    /// <inheritdoc/>
    public bool IsReady => _queue.Count <= (1u << QueueSizeBits) - Burst;

    /// <summary>The state of the filter that keeps a domain's control characters from the terminal.</summary>
    internal TerminalFilter Filter;

    /// <summary>The domain writes a byte.</summary>
    /// <returns>False when the queue is full: the byte is lost.</returns>
    public bool TryPut(byte value) => _queue.TryPut(value);

    /// <inheritdoc/>
    void ISerialSink.Put(byte value)
    {
        SpeaksByRing = false;
        TryPut(value);
    }

    /// <summary>Takes the next byte to show.</summary>
    internal bool TryTake(out byte value)
    {
        if (!_queue.TryTake(out value))
        {
            return false;
        }

        if (_scanned != 0)
        {
            _scanned--;
        }

        return true;
    }

    /// <summary>
    /// How many bytes are ready to be shown now: up to the end of the first line, a full piece of a long line, or all of an
    /// unfinished line that has waited long enough; 0 otherwise.
    /// </summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <param name="isOpen">Its line is the one at the cursor: what continues it need not wait.</param>
    internal uint ReadyBytes(ulong now, bool isOpen)
    {
        uint count = _queue.Count;
        if (count == 0)
        {
            return 0;
        }

        if (IsRaw || isOpen)
        {
            _scanned = 0;
            return count < LongestPiece ? count : LongestPiece;
        }

        uint limit = count < LongestPiece ? count : LongestPiece;
        while (_scanned < limit)
        {
            _scanned++;
            if (_queue.Peek(_scanned - 1) == (byte)'\n')
            {
                uint line = _scanned;
                _scanned = 0;
                return line;
            }
        }

        if (limit == LongestPiece)
        {
            _scanned = 0;
            return limit;
        }

        uint written = _queue.Written;
        if (written != _seenWritten)
        {
            _seenWritten = written;
            _waitingSince = now;
            return 0;
        }

        return now - _waitingSince >= Delay ? count : 0;
    }

    /// <summary>When an unfinished line falls due, in nanoseconds; <see cref="ulong.MaxValue"/> when nothing waits.</summary>
    internal ulong Deadline => _queue.Count == 0 ? ulong.MaxValue : _waitingSince + Delay;

    private void PutByRing(byte value)
    {
        SpeaksByRing = true;
        TryPut(value);
    }

    private ulong Delay => IsOver ? 0 : IsAtRest ? PromptDelay : UnfinishedDelay;

    private sealed class RingSink : ISerialSink
    {
        private readonly DomainConsole _console;

        public RingSink(DomainConsole console) => _console = console;

        public bool IsReady => _console.IsReady;

        public void Put(byte value) => _console.PutByRing(value);
    }
}
