using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Requests that change nodes: in the tree at once, or in a transaction until its end.</content>
internal sealed partial class XenStore
{
    private StoreError Write(StoreSession session, uint transaction, ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        if (end < 0 || !TryResolve(session, payload.Slice(0, end), out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        ReadOnlySpan<byte> value = payload.Slice(end + 1);
        if (!session.IsAdministrator && value.Length > StoreSizes.Value)
        {
            return StoreError.NoSpace;
        }

        StoreError error = GetOrMake(session, transaction, path, out StoreView view);
        error = error == StoreError.None ? SetValue(session, in view, value) : error;
        return error == StoreError.None ? Told(session, in view, path) : error;
    }

    private StoreError MakeDirectory(StoreSession session, uint transaction, ReadOnlySpan<byte> payload)
    {
        if (!IsOneString(payload) || !TryResolve(session, FirstString(payload), out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        StoreError error = Get(session, transaction, path, StorePermissions.Write, out StoreView view);
        if (error != StoreError.NoEntry)
        {
            return error;
        }

        error = Make(session, transaction, path, out view);
        return error == StoreError.None ? Told(session, in view, path) : error;
    }

    private StoreError Remove(StoreSession session, uint transaction, ReadOnlySpan<byte> payload)
    {
        if (!IsOneString(payload) || !TryResolve(session, FirstString(payload), out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        StoreError error = Get(session, transaction, path, StorePermissions.Write, out StoreView view);
        if (error == StoreError.NoEntry)
        {
            // What is gone already is well, where there is something that it could be missing from.
            return TryLook(session, transaction, StorePath.Parent(path), out view) && view.IsPresent
                ? StoreError.None
                : StoreError.NoEntry;
        }

        if (error != StoreError.None)
        {
            return error;
        }

        if (path.Length == 1)
        {
            return StoreError.Invalid;
        }

        if (transaction == 0)
        {
            RemoveTree(path, view.Node);
        }
        else
        {
            RemoveInTransaction(session, transaction, view.Change, path);
        }

        return StoreError.None;
    }

    private StoreError SetPermissions(StoreSession session, uint transaction, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> given = FirstString(payload);
        int rest = given.Length + 1;
        if (rest > payload.Length || !StorePermissions.TryParse(payload.Slice(rest), out StorePermissions permissions)
            || !TryResolve(session, given, out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        StoreError error = Get(session, transaction, path, StorePermissions.Write, out StoreView view);
        if (error != StoreError.None)
        {
            return error;
        }

        if (!session.IsAdministrator && view.Permissions.Owner != session.Domid)
        {
            return StoreError.Access;
        }

        if (!session.IsAdministrator && permissions.Owner != session.Domid)
        {
            return StoreError.Permission;
        }

        if (transaction != 0)
        {
            ref StoreChange change = ref session.Changes[view.Change];
            change.Permissions = permissions;
            change.IsChanged = true;
        }
        else
        {
            ChangePermissions(view.Node, in permissions);
        }

        return Told(session, in view, path);
    }

    // Watches are told of a change at once, or at the transaction's end.
    private StoreError Told(StoreSession session, in StoreView view, ReadOnlySpan<byte> path)
    {
        if (view.Change >= 0)
        {
            session.Changes[view.Change].IsTold = true;
        }
        else
        {
            Fire(path, null);
        }

        return StoreError.None;
    }

    private StoreError GetOrMake(StoreSession session, uint transaction, ReadOnlySpan<byte> path, out StoreView view)
    {
        StoreError error = Get(session, transaction, path, StorePermissions.Write, out view);
        return error == StoreError.NoEntry ? Make(session, transaction, path, out view) : error;
    }

    // Makes a node and what is missing above it, each with the permissions of the one above; whoever makes it owns it, unless it
    // is the administrator.
    private StoreError Make(StoreSession session, uint transaction, ReadOnlySpan<byte> path, out StoreView view)
    {
        int present = path.Length;
        do
        {
            present = StorePath.Parent(path.Slice(0, present)).Length;
            if (!TryLook(session, transaction, path.Slice(0, present), out view))
            {
                return StoreError.NoSpace;
            }
        }
        while (!view.IsPresent);

        StorePermissions permissions = session.IsAdministrator ? view.Permissions : view.Permissions.For(session.Domid);
        while (present < path.Length)
        {
            int start = present == 1 ? 1 : present + 1;
            int next = path.Slice(start).IndexOf((byte)'/');
            present = next < 0 ? path.Length : start + next;
            if (!TryMakeOne(session, transaction, path.Slice(0, present), in permissions, ref view))
            {
                return StoreError.NoSpace;
            }
        }

        return StoreError.None;
    }

    private bool TryMakeOne(
        StoreSession session, uint transaction, ReadOnlySpan<byte> path, in StorePermissions permissions, ref StoreView view)
    {
        if (transaction == 0)
        {
            int node = CreateNode(session, view.Node, StorePath.Name(path), in permissions);
            view = new StoreView { IsPresent = true, Node = node, Change = -1, Permissions = permissions };
            return node != StoreTree.None;
        }

        if (!TryLook(session, transaction, path, out view))
        {
            return false;
        }

        ref StoreChange change = ref session.Changes[view.Change];
        change.IsPresent = true;
        change.IsChanged = true;
        change.Permissions = permissions;
        view.IsPresent = true;
        view.Permissions = permissions;
        return true;
    }

    private StoreError SetValue(StoreSession session, in StoreView view, ReadOnlySpan<byte> value)
    {
        if (view.Change < 0)
        {
            return TrySetValue(session, view.Node, value) ? StoreError.None : StoreError.NoSpace;
        }

        ref StoreChange change = ref session.Changes[view.Change];
        if (!session.Blocks.TryKeep(value, out Chain kept))
        {
            return StoreError.NoSpace;
        }

        if (change.HasValue)
        {
            session.Blocks.Free(change.Value);
        }

        change.Value = kept;
        change.HasValue = true;
        change.IsChanged = true;
        return StoreError.None;
    }

    private void RemoveInTransaction(StoreSession session, uint transaction, int removed, ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            bool isBelow = change.Transaction == transaction && change.Path.Length > path.Length
                && session.Blocks.StartWith(change.Path, path) && IsBelow(session, in change, path);
            if (i != removed && !isBelow)
            {
                continue;
            }

            // What was only looked at below stays noted: the end asks whether it is as it was.
            if (change.HasValue)
            {
                session.Blocks.Free(change.Value);
            }

            change.HasValue = false;
            change.Value = default;
            change.IsPresent = false;
            change.IsChanged = i == removed;
            change.HidesTree |= i == removed;
        }
    }

    private bool IsBelow(StoreSession session, in StoreChange change, ReadOnlySpan<byte> path)
    {
        session.Blocks.Copy(change.Path, _work);
        return StorePath.IsWithin(_work.AsSpan(0, change.Path.Length), path);
    }
}
