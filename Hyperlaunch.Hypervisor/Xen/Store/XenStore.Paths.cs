using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Finding nodes: by absolute paths or relative ones, in the tree or in a transaction, and who may.</content>
internal sealed partial class XenStore
{
    // The path that is meant, in _path.
    private bool TryResolve(StoreSession session, ReadOnlySpan<byte> given, out ReadOnlySpan<byte> path)
    {
        path = default;
        if (given.Length == 0 || given[0] == (byte)'@')
        {
            return false;
        }

        if (given[0] == (byte)'/')
        {
            if (given.Length >= StorePath.MaximumLength)
            {
                return false;
            }

            given.CopyTo(_path);
            path = _path.AsSpan(0, given.Length);
        }
        else
        {
            if (given.Length >= StorePath.MaximumRelativeLength)
            {
                return false;
            }

            int home = session.Home.Length;
            session.Home.CopyTo(_path, 0);
            _path[home] = (byte)'/';
            given.CopyTo(_path.AsSpan(home + 1));
            path = _path.AsSpan(0, home + 1 + given.Length);
        }

        _pathLength = path.Length;
        return StorePath.IsValid(path);
    }

    private static bool May(StoreSession session, in StorePermissions permissions, uint rights)
        => session.IsAdministrator || permissions.Allows(session.Domid, rights);

    // Finds a node with which something may be done. Where it is missing, and could be seen, NoEntry.
    private StoreError Get(StoreSession session, uint transaction, ReadOnlySpan<byte> path, uint rights, out StoreView view)
    {
        if (!TryLook(session, transaction, path, out view))
        {
            return StoreError.NoSpace;
        }

        if (view.IsPresent)
        {
            return May(session, in view.Permissions, rights) ? StoreError.None : StoreError.Access;
        }

        // Whoever may not see what is above is not told that it is missing.
        StoreView above;
        do
        {
            path = StorePath.Parent(path);
            if (!TryLook(session, transaction, path, out above))
            {
                return StoreError.NoSpace;
            }
        }
        while (!above.IsPresent && path.Length > 1);

        return May(session, in above.Permissions, rights) ? StoreError.NoEntry : StoreError.Access;
    }

    // How a node is seen; a transaction notes that it looked. False when that has no room.
    private bool TryLook(StoreSession session, uint transaction, ReadOnlySpan<byte> path, out StoreView view)
    {
        int node = _tree.Find(path, out _);
        view = new StoreView { Node = node, Change = -1, IsPresent = node != StoreTree.None };
        if (transaction == 0)
        {
            view.Permissions = view.IsPresent ? _tree[node].Permissions : default;
            return true;
        }

        int change = FindChange(session, transaction, path);
        bool isHidden = IsHidden(session, transaction, path);
        view.Node = isHidden ? StoreTree.None : node;
        if (change < 0)
        {
            change = NoteChange(session, transaction, path, isHidden, node);
            if (change < 0)
            {
                return false;
            }
        }

        ref StoreChange entry = ref session.Changes[change];
        view.Change = change;
        view.IsPresent = entry.IsPresent;
        view.Permissions = entry.Permissions;
        view.Node = entry.HidesTree ? StoreTree.None : view.Node;
        return true;
    }

    private static int FindChange(StoreSession session, uint transaction, ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction == transaction && session.Blocks.AreEqual(change.Path, path))
            {
                return i;
            }
        }

        return -1;
    }

    // Whether something above was removed in the transaction, so that what the tree has is out of sight.
    private static bool IsHidden(StoreSession session, uint transaction, ReadOnlySpan<byte> path)
    {
        bool isHidden = false;
        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            isHidden |= change.Transaction == transaction && change.HidesTree && change.Path.Length < path.Length
                && session.Blocks.IsPrefixOf(change.Path, path)
                && (path[change.Path.Length] == (byte)'/' || change.Path.Length == 1);
        }

        return isHidden;
    }

    private int NoteChange(StoreSession session, uint transaction, ReadOnlySpan<byte> path, bool isHidden, int node)
    {
        // Behind those of the same transaction, where there is room, as they are carried out in order.
        int last = -1;
        int free = -1;
        for (int i = session.Changes.Length - 1; i >= 0; i--)
        {
            last = last < 0 && session.Changes[i].Transaction == transaction ? i : last;
            free = session.Changes[i].Transaction == 0 && (last < 0 || free < 0) ? i : free;
        }

        if (free < 0 || !session.Blocks.TryKeep(path, out Chain kept))
        {
            return -1;
        }

        bool isPresent = !isHidden && node != StoreTree.None;
        session.Changes[free] = new StoreChange
        {
            Transaction = transaction,
            Path = kept,
            Seen = node == StoreTree.None ? 0 : _tree[node].Generation,
            IsPresent = isPresent,
            IsOfItsOwn = isHidden,
            Permissions = isPresent ? _tree[node].Permissions : default,
        };
        return free;
    }

    // Copies a node's value to the answer.
    private int CopyValue(StoreSession session, in StoreView view)
    {
        bool isOwn = view.Change >= 0 && (session.Changes[view.Change].HasValue || view.Node == StoreTree.None);
        Chain value = isOwn ? session.Changes[view.Change].Value : _tree[view.Node].Value;
        (isOwn ? session.Blocks : _blocks).Copy(value, _answer);
        return value.Length;
    }
}
