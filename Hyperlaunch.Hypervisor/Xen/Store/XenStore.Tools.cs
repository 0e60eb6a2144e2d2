using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>What the hypervisor itself does with the store, as its administrator. The gate is held.</content>
internal sealed partial class XenStore
{
    /// <summary>Writes a node, making it and what is missing above it.</summary>
    /// <returns>False when the path is none, or the store is full.</returns>
    public bool TryWrite(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        if (!TryResolve(Tools, path, out ReadOnlySpan<byte> resolved)
            || GetOrMake(Tools, 0, resolved, out StoreView view) != StoreError.None
            || SetValue(Tools, in view, value) != StoreError.None)
        {
            return false;
        }

        Fire(resolved, null);
        return true;
    }

    /// <summary>Says who may do what with a node that is there.</summary>
    /// <returns>False when it is not there.</returns>
    public bool TrySetPermissions(ReadOnlySpan<byte> path, in StorePermissions permissions)
    {
        if (!TryResolve(Tools, path, out ReadOnlySpan<byte> resolved)
            || Get(Tools, 0, resolved, StorePermissions.Write, out StoreView view) != StoreError.None)
        {
            return false;
        }

        ChangePermissions(view.Node, in permissions);
        Fire(resolved, null);
        return true;
    }

    /// <summary>Reads a node.</summary>
    /// <param name="path">The node.</param>
    /// <param name="value">Its value, until the next request.</param>
    /// <returns>False when it is not there.</returns>
    public bool TryRead(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryResolve(Tools, path, out ReadOnlySpan<byte> resolved)
            || Get(Tools, 0, resolved, StorePermissions.Read, out StoreView view) != StoreError.None)
        {
            return false;
        }

        value = _answer.AsSpan(0, CopyValue(Tools, in view));
        return true;
    }

    /// <summary>Finds a node, to be looked at in turns: what is there later may be another one, and nothing worse.</summary>
    public bool TryFind(ReadOnlySpan<byte> path, out int node)
    {
        node = TryResolve(Tools, path, out ReadOnlySpan<byte> resolved) ? _tree.Find(resolved, out _) : StoreTree.None;
        return node != StoreTree.None;
    }

    /// <summary>The node below another, by its place among those.</summary>
    public bool TryGetChild(int node, ulong index, out int child)
    {
        child = _tree[node].FirstChild;
        for (; child != StoreTree.None && index > 0; index--)
        {
            child = _tree[child].Next;
        }

        return child != StoreTree.None;
    }

    /// <summary>A node's name, until the next request.</summary>
    public ReadOnlySpan<byte> NameOf(int node) => Text(_tree[node].Name, _work);

    /// <summary>A node's value, until the next request.</summary>
    public ReadOnlySpan<byte> ValueOf(int node) => Text(_tree[node].Value, _answer);

    private ReadOnlySpan<byte> Text(Chain chain, byte[] room)
    {
        _blocks.Copy(chain, room);
        return room.AsSpan(0, chain.Length);
    }

    /// <summary>Removes a node and all below it, where it is there.</summary>
    public void Remove(ReadOnlySpan<byte> path)
    {
        if (TryResolve(Tools, path, out ReadOnlySpan<byte> resolved)
            && Get(Tools, 0, resolved, StorePermissions.Write, out StoreView view) == StoreError.None
            && view.Node != StoreTree.Root)
        {
            RemoveTree(resolved, view.Node);
        }
    }
}
