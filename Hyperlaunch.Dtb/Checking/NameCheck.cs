using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The names in a tree that can be read: legal, and no two the same among siblings; and the phandles: legal, and no two
/// the same in the tree. Devicetree Specification v0.4, 2.2.1, 2.2.4 and 2.3.3. One walk, with tables of fixed size on
/// the stack (about 26 KiB); the few groups that do not fit are left to <see cref="LargeGroupCheck"/>.
/// </summary>
internal ref struct NameCheck
{
    private readonly TreeBlocks blocks;
    private readonly PropertyNameCache names;
    private readonly PhandleSet phandles;
    private readonly uint phandleHash;
    private readonly uint oldPhandleHash;
    private SiblingTable siblings;

    private NameCheck(scoped in TreeBlocks blocks, PropertyNameCache names, PhandleSet phandles, SiblingTable siblings)
    {
        this.blocks = blocks;
        this.names = names;
        this.phandles = phandles;
        this.siblings = siblings;
        phandleHash = NameRules.Hash(PhandleSet.Name);
        oldPhandleHash = NameRules.Hash(PhandleSet.OldName);
    }

    /// <summary>Checks all names. Returns whether the findings let the blob pass.</summary>
    internal static bool Run(scoped in TreeBlocks blocks, int root, scoped ref Findings findings)
    {
        NameCheck check = new(
            blocks,
            new PropertyNameCache(stackalloc PropertyNameCache.Entry[PropertyNameCache.Capacity]),
            new PhandleSet(stackalloc uint[PhandleSet.Words]),
            new SiblingTable(stackalloc SiblingTable.Entry[SiblingTable.Capacity], stackalloc ushort[SiblingTable.Buckets]));
        return check.Walk(root, ref findings);
    }

    private bool Walk(int root, scoped ref Findings findings)
    {
        // By the depth of the children: where they start in the table, and whether they are too many for it.
        Span<int> starts = stackalloc int[DeviceTree.MaxDepth + 1];
        Span<bool> large = stackalloc bool[DeviceTree.MaxDepth + 1];
        Span<int> contents = stackalloc int[DeviceTree.MaxDepth + 1];
        bool farPhandles = false;
        int depth = 0;
        int at = root;
        do
        {
            switch (blocks.Token(at))
            {
                case FlattenedFormat.BeginNode:
                    if (depth > 0 && !CheckNode(at, contents[depth], starts[depth], ref large[depth], ref findings))
                    {
                        return false;
                    }

                    depth++;
                    contents[depth] = blocks.AfterNodeName(at);
                    starts[depth] = siblings.Count;
                    large[depth] = false;
                    if (!CheckProperties(contents[depth], ref farPhandles, out at, ref findings))
                    {
                        return false;
                    }

                    break;

                case FlattenedFormat.EndNode:
                    siblings.PopTo(starts[depth]);
                    depth--;
                    at += FlattenedFormat.TokenSize;
                    break;

                default:
                    // A property after a child, which readers do not see, or a NOP.
                    at = blocks.SkipProperties(at);
                    break;
            }
        }
        while (depth > 0);

        return !farPhandles
            || LargeGroupCheck.Run(LargeGroup.FarPhandles(blocks, root), root, blocks.StructureOffset, ref findings);
    }

    /// <summary>Checks a node's name, alone and among the siblings before it.</summary>
    private bool CheckNode(int node, int parentContent, int start, ref bool large, scoped ref Findings findings)
    {
        ReadOnlySpan<byte> name = blocks.NodeName(node);
        DtbErrorKind error = NameRules.CheckNodeName(name);
        if (error != DtbErrorKind.None && findings.Add(error, blocks.StructureOffset + node))
        {
            return false;
        }

        if (large)
        {
            return true;
        }

        if (siblings.IsFull)
        {
            large = true;
            return LargeGroupCheck.Run(LargeGroup.Children(blocks, parentContent), node, blocks.StructureOffset, ref findings);
        }

        uint hash = NameRules.Hash(name) + (uint)parentContent;
        for (int other = siblings.FirstCandidate(hash, start); other >= 0; other = siblings.NextCandidate(other, hash, start))
        {
            if (blocks.NodeName(siblings.TokenOf(other)).SequenceEqual(name))
            {
                return !findings.Add(DtbErrorKind.DuplicateNode, blocks.StructureOffset + node);
            }
        }

        siblings.Push(hash, node);
        return true;
    }

    /// <summary>Checks the properties of a node, whose names stay in the table only meanwhile.</summary>
    private bool CheckProperties(int content, ref bool farPhandles, out int end, scoped ref Findings findings)
    {
        int start = siblings.Count;
        bool large = false;
        bool hasPhandle = false;
        bool passes = true;
        end = blocks.SkipNops(content);
        while (passes && blocks.Token(end) == FlattenedFormat.Property)
        {
            passes = CheckName(end, out uint hash, out bool isTooLong, ref findings);
            if (passes && !large && !isTooLong && siblings.IsFull)
            {
                large = true;
                passes = LargeGroupCheck.Run(LargeGroup.Properties(blocks, content), end, blocks.StructureOffset, ref findings);
            }

            if (passes && !large && !isTooLong)
            {
                passes = CheckDistinct(end, hash, start, ref findings);
            }

            if (passes && (hash == phandleHash || hash == oldPhandleHash) && PhandleSet.IsPhandle(blocks, end))
            {
                // A node may state its one phandle under both names.
                passes = CheckPhandle(end, hasPhandle, ref farPhandles, ref findings);
                hasPhandle = true;
            }

            end = blocks.SkipNops(blocks.AfterProperty(end));
        }

        siblings.PopTo(start);
        return passes;
    }

    private bool CheckName(int property, out uint hash, out bool isTooLong, scoped ref Findings findings)
    {
        isTooLong = false;
        uint offset = blocks.NameOffset(property);
        if (names.TryGet(offset, out hash))
        {
            return true;
        }

        ReadOnlySpan<byte> name = blocks.ShortPropertyName(property);
        hash = NameRules.Hash(name);
        DtbErrorKind error = NameRules.CheckPropertyName(name);
        isTooLong = error == DtbErrorKind.PropertyNameTooLong;
        if (error == DtbErrorKind.None)
        {
            names.Add(offset, hash);
            return true;
        }

        return !findings.Add(error, blocks.StructureOffset + property);
    }

    private bool CheckDistinct(int property, uint hash, int start, scoped ref Findings findings)
    {
        for (int other = siblings.FirstCandidate(hash, start); other >= 0; other = siblings.NextCandidate(other, hash, start))
        {
            if (blocks.HaveSameName(siblings.TokenOf(other), property))
            {
                return !findings.Add(DtbErrorKind.DuplicateProperty, blocks.StructureOffset + property);
            }
        }

        siblings.Push(hash, property);
        return true;
    }

    private bool CheckPhandle(int property, bool isSecond, ref bool farPhandles, scoped ref Findings findings)
    {
        if (!PhandleSet.TryRead(blocks, property, out uint phandle))
        {
            return !findings.Add(DtbErrorKind.BadPhandle, blocks.StructureOffset + property);
        }

        if (isSecond)
        {
            return true;
        }

        if (phandle >= PhandleSet.Limit)
        {
            farPhandles = true;
            return true;
        }

        return phandles.Add(phandle) || !findings.Add(DtbErrorKind.DuplicatePhandle, blocks.StructureOffset + property);
    }
}
