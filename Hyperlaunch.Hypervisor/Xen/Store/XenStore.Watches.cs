using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Watches: who is told of what.</content>
internal sealed partial class XenStore
{
    /// <summary>
    /// Tells a domain of all that it watches, after events for it were lost: it looks at everything once more. The gate is held.
    /// </summary>
    public void TellAll(StoreSession session)
    {
        session.Output.HasLostEvents = false;
        for (int i = 0; i < session.Watches.Length; i++)
        {
            ref StoreWatch watch = ref session.Watches[i];
            if (watch.IsSet)
            {
                session.Blocks.Copy(watch.Path, _work);
                Tell(session, in watch, _work.AsSpan(0, watch.Path.Length));
            }
        }

        session.Output.HasLostEvents = false;
    }

    private StoreError AddWatch(StoreSession session, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> given = FirstString(payload);
        ReadOnlySpan<byte> token = SecondString(payload);
        if (given.Length + token.Length + 2 != payload.Length || !TryResolveWatched(session, given, out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        if (StorePath.IsSpecial(path) && !session.IsAdministrator)
        {
            return StoreError.Access;
        }

        if (FindWatch(session, path, token) >= 0)
        {
            return StoreError.Exists;
        }

        int free = -1;
        for (int i = session.Watches.Length - 1; i >= 0; i--)
        {
            free = session.Watches[i].IsSet ? free : i;
        }

        if (free < 0)
        {
            return StoreError.TooBig;
        }

        StoreWatch watch = new() { IsSet = true, IsRelative = given[0] is not ((byte)'/' or (byte)'@') };
        if (!session.Blocks.TryKeep(path, out watch.Path))
        {
            return StoreError.NoSpace;
        }

        if (!session.Blocks.TryKeep(token, out watch.Token))
        {
            session.Blocks.Free(watch.Path);
            return StoreError.NoSpace;
        }

        session.Watches[free] = watch;
        return StoreError.None;
    }

    private StoreError EndWatch(StoreSession session, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> given = FirstString(payload);
        ReadOnlySpan<byte> token = SecondString(payload);
        if (given.Length + token.Length + 2 != payload.Length || !TryResolveWatched(session, given, out ReadOnlySpan<byte> path))
        {
            return StoreError.Invalid;
        }

        int watch = FindWatch(session, path, token);
        if (watch < 0)
        {
            return StoreError.NoEntry;
        }

        session.DropWatch(ref session.Watches[watch]);
        return StoreError.None;
    }

    private bool TryResolveWatched(StoreSession session, ReadOnlySpan<byte> given, out ReadOnlySpan<byte> path)
    {
        if (given.Length > 0 && given[0] == (byte)'@')
        {
            path = given;
            return StorePath.IsSpecial(given);
        }

        return TryResolve(session, given, out path);
    }

    private static int FindWatch(StoreSession session, ReadOnlySpan<byte> path, ReadOnlySpan<byte> token)
    {
        int found = -1;
        for (int i = 0; i < session.Watches.Length; i++)
        {
            ref StoreWatch watch = ref session.Watches[i];
            bool isIt = watch.IsSet && session.Blocks.AreEqual(watch.Path, path) && session.Blocks.AreEqual(watch.Token, token);
            found = isIt ? i : found;
        }

        return found;
    }

    // Tells everybody who watches a node or what is above it, and may see it or what is right above.
    private void Fire(ReadOnlySpan<byte> path, StorePermissions? removed)
    {
        bool isSpecial = path[0] == (byte)'@';
        int node = isSpecial ? StoreTree.None : _tree.Find(path, out _);
        int parent = isSpecial ? StoreTree.None : _tree.Find(StorePath.Parent(path), out _);
        for (int i = 0; i < _sessions.Length; i++)
        {
            StoreSession? session = _sessions[i];
            if (session is null)
            {
                continue;
            }

            bool maySee = session.IsAdministrator
                || (removed is not null && May(session, removed.Value, StorePermissions.Read))
                || (node != StoreTree.None && May(session, in _tree[node].Permissions, StorePermissions.Read))
                || (parent != StoreTree.None && May(session, in _tree[parent].Permissions, StorePermissions.Read));
            for (int j = 0; maySee && j < session.Watches.Length; j++)
            {
                ref StoreWatch watch = ref session.Watches[j];
                if (watch.IsSet && Covers(session, in watch, path))
                {
                    Tell(session, in watch, path);
                }
            }
        }
    }

    // Tells everybody who watches a node below one that is about to be removed: that node's own path, once for each watch.
    private void FireBelow(ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < _sessions.Length; i++)
        {
            StoreSession? session = _sessions[i];
            for (int j = 0; session is not null && j < session.Watches.Length; j++)
            {
                ref StoreWatch watch = ref session.Watches[j];
                if (!watch.IsSet || watch.Path.Length <= path.Length || !session.Blocks.StartWith(watch.Path, path))
                {
                    continue;
                }

                session.Blocks.Copy(watch.Path, _work);
                ReadOnlySpan<byte> watched = _work.AsSpan(0, watch.Path.Length);
                int node = StorePath.IsWithin(watched, path) ? _tree.Find(watched, out _) : StoreTree.None;
                if (node != StoreTree.None && May(session, in _tree[node].Permissions, StorePermissions.Read))
                {
                    Tell(session, in watch, watched);
                }
            }
        }
    }

    private static bool Covers(StoreSession session, in StoreWatch watch, ReadOnlySpan<byte> path)
        => session.Blocks.IsPrefixOf(watch.Path, path)
            && (watch.Path.Length == path.Length || watch.Path.Length == 1 || path[watch.Path.Length] == (byte)'/');

    private void Tell(StoreSession session, in StoreWatch watch, ReadOnlySpan<byte> path)
    {
        session.Blocks.Copy(watch.Token, _token);
        int home = session.Home.Length;
        bool isShort = watch.IsRelative && path.Length > home && path.StartsWith(session.Home);
        session.Output.Event(isShort ? path.Slice(home + 1) : path, _token.AsSpan(0, watch.Token.Length));
        session.Waker?.Wake();
    }
}
