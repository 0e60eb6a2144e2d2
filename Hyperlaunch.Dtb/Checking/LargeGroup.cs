using System;

namespace Hyperlaunch.Dtb;

/// <summary>The members of a group of which no two may be the same, in the blob's order.</summary>
internal ref struct LargeGroup
{
    private readonly TreeBlocks blocks;
    private int next;
    private bool hasPhandle;

    private LargeGroup(scoped in TreeBlocks blocks, int start, DtbErrorKind duplicate)
    {
        this.blocks = blocks;
        next = start;
        Duplicate = duplicate;
        hasPhandle = true;
        Token = 0;
        Key = 0;
    }

    /// <summary>What two equal members are: it tells the kinds of groups apart.</summary>
    internal DtbErrorKind Duplicate { get; }

    /// <summary>The token of the member that <see cref="MoveNext"/> reached last.</summary>
    internal int Token { get; private set; }

    /// <summary>A number that is the same for equal members.</summary>
    internal uint Key { get; private set; }

    /// <summary>The names of the properties of the node with these contents.</summary>
    internal static LargeGroup Properties(scoped in TreeBlocks blocks, int content)
        => new(blocks, content, DtbErrorKind.DuplicateProperty);

    /// <summary>The names of the children of the node with these contents.</summary>
    internal static LargeGroup Children(scoped in TreeBlocks blocks, int content)
        => new(blocks, content, DtbErrorKind.DuplicateNode);

    /// <summary>The phandles of all nodes that <see cref="PhandleSet"/> has no room for.</summary>
    internal static LargeGroup FarPhandles(scoped in TreeBlocks blocks, int root)
        => new(blocks, root, DtbErrorKind.DuplicatePhandle);

    /// <summary>Goes to the next member. Returns whether there is one.</summary>
    internal bool MoveNext() => Duplicate switch
    {
        DtbErrorKind.DuplicateProperty => MoveToProperty(),
        DtbErrorKind.DuplicateNode => MoveToChild(),
        _ => MoveToPhandle(),
    };

    /// <summary>Whether two members with the same key are the same.</summary>
    internal readonly bool AreSame(int token, int other) => Duplicate switch
    {
        DtbErrorKind.DuplicateProperty => blocks.HaveSameName(token, other),
        DtbErrorKind.DuplicateNode => blocks.NodeName(token).SequenceEqual(blocks.NodeName(other)),
        _ => true,
    };

    private bool MoveToProperty()
    {
        for (Token = blocks.SkipNops(next); blocks.Token(Token) == FlattenedFormat.Property; Token = blocks.SkipNops(next))
        {
            next = blocks.AfterProperty(Token);
            ReadOnlySpan<byte> name = blocks.ShortPropertyName(Token);
            if (name.Length <= NameRules.LongestPropertyName)
            {
                Key = NameRules.Hash(name);
                return true;
            }
        }

        return false;
    }

    private bool MoveToChild()
    {
        Token = blocks.SkipProperties(next);
        if (blocks.Token(Token) != FlattenedFormat.BeginNode)
        {
            return false;
        }

        Key = NameRules.Hash(blocks.NodeName(Token));
        next = blocks.AfterNode(blocks.AfterNodeName(Token));
        return true;
    }

    private bool MoveToPhandle()
    {
        for (; ; )
        {
            int at = next;
            switch (blocks.Token(at))
            {
                case FlattenedFormat.BeginNode:
                    hasPhandle = false;
                    next = blocks.AfterNodeName(at);
                    break;

                case FlattenedFormat.EndNode:
                    // What follows are children, or properties after a child, which readers do not see.
                    hasPhandle = true;
                    next = at + FlattenedFormat.TokenSize;
                    break;

                case FlattenedFormat.Nop:
                    next = at + FlattenedFormat.TokenSize;
                    break;

                case FlattenedFormat.Property:
                    next = blocks.AfterProperty(at);
                    if (!hasPhandle && PhandleSet.IsPhandle(blocks, at))
                    {
                        hasPhandle = true;
                        if (PhandleSet.TryRead(blocks, at, out uint phandle) && phandle >= PhandleSet.Limit)
                        {
                            Token = at;
                            Key = phandle;
                            return true;
                        }
                    }

                    break;

                default:
                    return false;
            }
        }
    }
}
