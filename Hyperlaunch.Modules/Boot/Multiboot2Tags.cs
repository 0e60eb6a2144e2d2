using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// Walks the tags of a Multiboot2 information block (Multiboot2 Specification 2.0, section 3.6.2). A tag that it stands on lies
/// inside the block.
/// </summary>
internal ref struct Multiboot2Tags
{
    /// <summary>Bytes of the block's fixed part: its size and a reserved word.</summary>
    public const int BlockHeaderSize = 8;

    /// <summary>Bytes of a tag's type and size.</summary>
    public const int TagHeaderSize = 8;

    private const int TagAlignment = 8;
    private const uint EndType = 0;

    private readonly ReadOnlySpan<byte> _block;
    private int _next;

    /// <summary>Stands before the first tag.</summary>
    /// <param name="block">The whole block, its length already checked against what it says itself.</param>
    public Multiboot2Tags(ReadOnlySpan<byte> block)
    {
        _block = block;
        _next = BlockHeaderSize;
        Type = EndType;
        Offset = BlockHeaderSize;
        Content = default;
        Problem = default;
    }

    /// <summary>The type of the tag it stands on.</summary>
    public uint Type { get; private set; }

    /// <summary>Bytes from the start of the block to the tag.</summary>
    public int Offset { get; private set; }

    /// <summary>The tag's bytes after its type and size.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Why the walk ended early; none when it ended at the end tag.</summary>
    public BootProblem Problem { get; private set; }

    /// <summary>Goes to the next tag; false at the end tag or where the block is broken.</summary>
    public bool MoveNext()
    {
        Offset = _next;
        if (!SafeSize.Fits((ulong)_next, TagHeaderSize, (ulong)_block.Length))
        {
            Problem = new BootProblem(BootProblemKind.NoEndTag, (ulong)_block.Length, 0);
            return false;
        }

        Type = BinaryPrimitives.ReadUInt32LittleEndian(_block.Slice(_next));
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(_block.Slice(_next + 4));
        if (size < TagHeaderSize)
        {
            Problem = new BootProblem(BootProblemKind.TagTooShort, (ulong)_next, size);
            return false;
        }

        if (!SafeSize.Fits((ulong)_next, size, (ulong)_block.Length))
        {
            Problem = new BootProblem(BootProblemKind.TagPastEnd, (ulong)_next, size);
            return false;
        }

        Content = _block.Slice(_next + TagHeaderSize, (int)size - TagHeaderSize);
        ulong next = SafeSize.AlignUp((ulong)_next + size, TagAlignment);
        _next = next > (ulong)_block.Length ? _block.Length : (int)next;
        return Type != EndType;
    }
}
