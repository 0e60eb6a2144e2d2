using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Requests that change nothing.</content>
internal sealed partial class XenStore
{
    private StoreError Read(StoreSession session, uint transaction, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        StoreError error = GetOne(session, transaction, payload, StorePermissions.Read, out StoreView view);
        length = error == StoreError.None ? CopyValue(session, in view) : 0;
        return error;
    }

    private StoreError GetPermissions(StoreSession session, uint transaction, ReadOnlySpan<byte> payload, out int length)
    {
        StoreError error = GetOne(session, transaction, payload, StorePermissions.Read, out StoreView view);
        length = error == StoreError.None ? view.Permissions.Format(_answer) : 0;
        return error;
    }

    private StoreError Directory(StoreSession session, uint transaction, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        StoreError error = GetOne(session, transaction, payload, StorePermissions.Read, out StoreView view);
        if (error != StoreError.None)
        {
            return error;
        }

        return TryList(session, transaction, in view, 0, 0, out length, out bool isAll) && isAll
            ? StoreError.None
            : StoreError.TooBig;
    }

    // From an offset in the list on: the node's generation, names, and an empty name behind the last one.
    private StoreError DirectoryPart(StoreSession session, uint transaction, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> given = FirstString(payload);
        if (!StorePath.TryReadNumber(SecondString(payload), out uint offset))
        {
            return StoreError.Invalid;
        }

        payload = payload.Slice(0, given.Length + 1);
        StoreError error = GetOne(session, transaction, payload, StorePermissions.Read, out StoreView view);
        if (error != StoreError.None)
        {
            return error;
        }

        ulong generation = view.Node == StoreTree.None ? 0 : _tree[view.Node].Generation;
        int start = StorePath.WriteNumber(generation, _answer);
        _answer[start++] = 0;
        TryList(session, transaction, in view, start, offset, out length, out bool isAll);
        if (isAll)
        {
            _answer[length++] = 0;
        }

        return StoreError.None;
    }

    private StoreError GetOne(
        StoreSession session, uint transaction, ReadOnlySpan<byte> payload, uint rights, out StoreView view)
    {
        view = default;
        return IsOneString(payload) && TryResolve(session, FirstString(payload), out ReadOnlySpan<byte> path)
            ? Get(session, transaction, path, rights, out view)
            : StoreError.Invalid;
    }

    // Names of what is below the node of _path, behind the first bytes of the answer; those of the list before an offset are left
    // out. One byte stays for the end of a part. False when there is more than fits; then it is what fits.
    private bool TryList(
        StoreSession session, uint transaction, in StoreView view, int start, uint offset, out int length, out bool isAll)
    {
        length = start;
        isAll = true;
        uint passed = 0;
        int above = _pathLength;
        for (int child = view.Node == StoreTree.None ? StoreTree.None : _tree[view.Node].FirstChild;
            isAll && child != StoreTree.None;
            child = _tree[child].Next)
        {
            ReadOnlySpan<byte> name = ChildPath(above, _tree[child].Name);
            int full = name.Length + (above > 1 ? above + 1 : above);
            int change = transaction == 0 ? -1 : FindChange(session, transaction, _work.AsSpan(0, full));
            if (change < 0 || session.Changes[change].IsPresent)
            {
                isAll = TryAppend(name, offset, ref passed, ref length);
            }
        }

        for (int i = 0; transaction != 0 && isAll && i < session.Changes.Length; i++)
        {
            ref StoreChange change = ref session.Changes[i];
            if (change.Transaction != transaction || !change.IsPresent || !IsChild(session, in change, above, out int nameLength))
            {
                continue;
            }

            ReadOnlySpan<byte> name = _work.AsSpan(change.Path.Length - nameLength, nameLength);
            if (view.Node == StoreTree.None || _tree.FindChild(view.Node, name) == StoreTree.None)
            {
                isAll = TryAppend(name, offset, ref passed, ref length);
            }
        }

        return isAll;
    }

    private bool TryAppend(ReadOnlySpan<byte> name, uint offset, ref uint passed, ref int length)
    {
        uint size = (uint)name.Length + 1;
        if (passed < offset)
        {
            passed += size;
            return true;
        }

        if (length + (int)size > StoreSizes.Payload - 1)
        {
            return false;
        }

        name.CopyTo(_answer.AsSpan(length));
        length += name.Length;
        _answer[length++] = 0;
        return true;
    }

    // The path of a child of _path's node, in _work.
    private ReadOnlySpan<byte> ChildPath(int above, Chain name)
    {
        _path.AsSpan(0, above).CopyTo(_work);
        int start = above;
        if (above > 1)
        {
            _work[start++] = (byte)'/';
        }

        _blocks.Copy(name, _work.AsSpan(start));
        return _work.AsSpan(start, name.Length);
    }

    // Whether a change is one of a node right below _path's; its path is in _work then.
    private bool IsChild(StoreSession session, in StoreChange change, int above, out int nameLength)
    {
        session.Blocks.Copy(change.Path, _work);
        ReadOnlySpan<byte> path = _work.AsSpan(0, change.Path.Length);
        nameLength = StorePath.Name(path).Length;
        return path.Length > above && path.Length > 1 && StorePath.Parent(path).SequenceEqual(_path.AsSpan(0, above));
    }
}
