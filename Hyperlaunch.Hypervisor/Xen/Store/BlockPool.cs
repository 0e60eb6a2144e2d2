using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// Strings and values of any length in blocks of one size, all taken at once: nothing is allocated afterwards, and nothing
/// splinters.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Bytes of a block: most names and values of a store fit.</summary>
    public const int BlockSize = 32;

    private const int None = -1;

    private readonly byte[] _bytes;
    private readonly int[] _next;
    private int _free;

    /// <summary>Takes the blocks.</summary>
    public BlockPool(int blocks)
    {
        _bytes = new byte[blocks * BlockSize];
        _next = new int[blocks];
        for (int i = 0; i < blocks; i++)
        {
            _next[i] = i + 1 < blocks ? i + 1 : None;
        }

        _free = blocks > 0 ? 0 : None;
        FreeBlocks = blocks;
    }

    /// <summary>How many blocks are free.</summary>
    public int FreeBlocks { get; private set; }

    /// <summary>How many blocks bytes take.</summary>
    public static int BlocksFor(int length) => (length + BlockSize - 1) / BlockSize;

    /// <summary>Keeps a copy of bytes.</summary>
    /// <returns>False when there are too few blocks.</returns>
    public bool TryKeep(ReadOnlySpan<byte> bytes, out Chain chain)
    {
        int blocks = BlocksFor(bytes.Length);
        chain = default;
        if (blocks > FreeBlocks)
        {
            return false;
        }

        int head = _free;
        int last = None;
        for (int i = 0; i < blocks; i++)
        {
            last = _free;
            int length = bytes.Length - (i * BlockSize);
            bytes.Slice(i * BlockSize, length < BlockSize ? length : BlockSize).CopyTo(Block(last));
            _free = _next[last];
        }

        if (last != None)
        {
            _next[last] = None;
        }

        FreeBlocks -= blocks;
        chain = new Chain(head, bytes.Length);
        return true;
    }

    /// <summary>Gives blocks back.</summary>
    public void Free(Chain chain)
    {
        int block = chain.Head;
        for (int left = BlocksFor(chain.Length); left > 0; left--)
        {
            int next = _next[block];
            _next[block] = _free;
            _free = block;
            block = next;
            FreeBlocks++;
        }
    }

    /// <summary>Copies the bytes; there is room for them.</summary>
    public void Copy(Chain chain, Span<byte> target)
    {
        int block = chain.Head;
        for (int done = 0; done < chain.Length; done += BlockSize)
        {
            int length = chain.Length - done;
            Block(block).Slice(0, length < BlockSize ? length : BlockSize).CopyTo(target.Slice(done));
            block = _next[block];
        }
    }

    /// <summary>Whether the bytes are these.</summary>
    public bool AreEqual(Chain chain, ReadOnlySpan<byte> bytes)
        => chain.Length == bytes.Length && StartWith(chain, bytes);

    /// <summary>Whether the bytes are, or go on behind, these.</summary>
    public bool IsPrefixOf(Chain chain, ReadOnlySpan<byte> bytes)
        => chain.Length <= bytes.Length && StartWith(chain, bytes.Slice(0, chain.Length));

    /// <summary>Whether the first of the bytes are these.</summary>
    public bool StartWith(Chain chain, ReadOnlySpan<byte> bytes)
    {
        bool areSame = bytes.Length <= chain.Length;
        int block = chain.Head;
        for (int done = 0; areSame && done < bytes.Length; done += BlockSize)
        {
            int length = bytes.Length - done;
            length = length < BlockSize ? length : BlockSize;
            areSame = Block(block).Slice(0, length).SequenceEqual(bytes.Slice(done, length));
            block = _next[block];
        }

        return areSame;
    }

    private Span<byte> Block(int block) => _bytes.AsSpan(block * BlockSize, BlockSize);
}
