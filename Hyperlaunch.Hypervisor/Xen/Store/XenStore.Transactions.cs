using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>
/// Transactions: what they change is kept beside the tree until their end, and is carried out then at once, if everything that
/// they looked at is as it was.
/// </content>
internal sealed partial class XenStore
{
    private StoreError Start(StoreSession session, uint transaction, out int length)
    {
        length = 0;
        if (transaction != 0)
        {
            return StoreError.Busy;
        }

        uint opened = session.Open();
        if (opened == 0)
        {
            return StoreError.NoSpace;
        }

        length = StorePath.WriteNumber(opened, _answer);
        _answer[length++] = 0;
        return StoreError.None;
    }

    private StoreError End(StoreSession session, uint transaction, ReadOnlySpan<byte> payload)
    {
        bool commits = payload.SequenceEqual("T\0"u8);
        if (!commits && !payload.SequenceEqual("F\0"u8))
        {
            return StoreError.Invalid;
        }

        if (transaction == 0)
        {
            return StoreError.NoEntry;
        }

        StoreError error = !commits ? StoreError.None
            : !IsAsItWas(session, transaction) ? StoreError.Again
            : Carry(session, transaction);
        session.Close(transaction);
        return error;
    }

    private bool IsAsItWas(StoreSession session, uint transaction)
    {
        bool isSame = true;
        for (int i = 0; isSame && i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction == transaction && !change.IsOfItsOwn)
            {
                int node = FindChanged(session, in change);
                isSame = change.Seen == (node == StoreTree.None ? 0 : _tree[node].Generation);
            }
        }

        return isSame;
    }

    private StoreError Carry(StoreSession session, uint transaction)
    {
        if (!HasRoom(session, transaction))
        {
            return StoreError.NoSpace;
        }

        // First what was removed, also where it was made again.
        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction == transaction && change.HidesTree)
            {
                int node = FindChanged(session, in change);
                if (node != StoreTree.None)
                {
                    RemoveTree(_path.AsSpan(0, change.Path.Length), node);
                }
            }
        }

        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction == transaction && change.IsChanged && change.IsPresent)
            {
                CarryOne(session, i);
            }
        }

        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction == transaction && change.IsTold && change.IsPresent)
            {
                session.Blocks.Copy(change.Path, _path);
                Fire(_path.AsSpan(0, change.Path.Length), null);
            }
        }

        return StoreError.None;
    }

    // What is missing above a node was made in the same transaction, and is carried out first. Room and quotas have been looked
    // at.
    private int CarryOne(StoreSession session, int index)
    {
        ref StoreChange change = ref session.Changes[index];
        int node = FindChanged(session, in change);
        if (node == StoreTree.None)
        {
            ReadOnlySpan<byte> above = StorePath.Parent(_path.AsSpan(0, change.Path.Length));
            int parent = _tree.Find(above, out _);
            parent = parent == StoreTree.None
                ? CarryOne(session, FindChange(session, change.Transaction, above))
                : parent;
            session.Blocks.Copy(change.Path, _path);
            node = CreateNode(Tools, parent, StorePath.Name(_path.AsSpan(0, change.Path.Length)), in change.Permissions);
        }

        ChangePermissions(node, in change.Permissions);
        if (change.HasValue)
        {
            session.Blocks.Copy(change.Value, _answer);
            TrySetValue(Tools, node, _answer.AsSpan(0, change.Value.Length));
        }

        return node;
    }

    // Whether all of it will fit: then nothing of it can fail.
    private bool HasRoom(StoreSession session, uint transaction)
    {
        int nodes = 0;
        int blocks = 0;
        bool fits = true;
        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction != transaction || !change.IsChanged || !change.IsPresent)
            {
                continue;
            }

            bool isNew = FindChanged(session, in change) == StoreTree.None;
            int more = (isNew ? BlockPool.BlocksFor(StorePath.Name(_path.AsSpan(0, change.Path.Length)).Length) : 0)
                + (change.HasValue ? BlockPool.BlocksFor(change.Value.Length) : 0);
            nodes += isNew ? 1 : 0;
            blocks += more;
            StoreSession? owner = SessionOf(change.Permissions.Owner);
            fits &= session.IsAdministrator
                || (ReferenceEquals(owner, session) ? MayGrow(owner, nodes, blocks) : MayGrow(owner, 0, more));
        }

        return fits && nodes <= _tree.FreeNodes && blocks <= _blocks.FreeBlocks;
    }

    // The tree's node of a change, whose path is in _path then.
    private int FindChanged(StoreSession session, in StoreChange change)
    {
        session.Blocks.Copy(change.Path, _path);
        return _tree.Find(_path.AsSpan(0, change.Path.Length), out _);
    }
}
