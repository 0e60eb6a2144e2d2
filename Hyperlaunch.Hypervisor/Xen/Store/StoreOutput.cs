using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// Messages on their way to one domain, in order. There always is room for an answer, as none is asked for before there is;
/// events that find no room are lost, and the domain is told of all that it watches once there is room again.
/// </summary>
internal sealed class StoreOutput
{
    // What an answer takes at most.
    private const int Reserve = StoreHeader.Size + StoreSizes.Payload;

    private readonly byte[] _bytes = new byte[StoreSizes.Output];
    private readonly byte[] _header = new byte[StoreHeader.Size];
    private int _start;

    /// <summary>Bytes that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether an answer of any length finds room.</summary>
    public bool HasRoomForAnswer => StoreSizes.Output - Count >= Reserve;

    /// <summary>Whether an event was lost.</summary>
    public bool HasLostEvents { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _start = 0;
        Count = 0;
        HasLostEvents = false;
    }

    /// <summary>Appends an answer.</summary>
    public void Answer(StoreRequest type, uint request, uint transaction, ReadOnlySpan<byte> payload)
    {
        AppendHeader(new StoreHeader(type, request, transaction, (uint)payload.Length));
        Append(payload);
    }

    /// <summary>Appends an event, or loses it.</summary>
    public void Event(ReadOnlySpan<byte> path, ReadOnlySpan<byte> token)
    {
        int length = path.Length + token.Length + 2;
        if (length > StoreSizes.Payload || StoreSizes.Output - Count < Reserve + StoreHeader.Size + length)
        {
            HasLostEvents = true;
            return;
        }

        AppendHeader(new StoreHeader(StoreRequest.WatchEvent, 0, 0, (uint)length));
        Append(path);
        Append("\0"u8);
        Append(token);
        Append("\0"u8);
    }

    /// <summary>The bytes that come first, as far as they lie together; none when nothing waits.</summary>
    public ReadOnlySpan<byte> First => _bytes.AsSpan(_start, Count < _bytes.Length - _start ? Count : _bytes.Length - _start);

    /// <summary>The first bytes have been taken.</summary>
    public void Drop(int count)
    {
        _start = (_start + count) % _bytes.Length;
        Count -= count;
    }

    private void AppendHeader(StoreHeader header)
    {
        header.Write(_header);
        Append(_header);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        int at = (_start + Count) % _bytes.Length;
        int first = bytes.Length < _bytes.Length - at ? bytes.Length : _bytes.Length - at;
        bytes.Slice(0, first).CopyTo(_bytes.AsSpan(at));
        bytes.Slice(first).CopyTo(_bytes);
        Count += bytes.Length;
    }
}
