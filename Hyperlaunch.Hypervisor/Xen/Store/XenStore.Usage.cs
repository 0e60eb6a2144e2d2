using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Changes of the tree, each charged to the domain to which the node belongs.</content>
internal sealed partial class XenStore
{
    // -1 when the owner's quota, which binds all but the administrator, or the tree is used up.
    private int CreateNode(StoreSession actor, int parent, ReadOnlySpan<byte> name, in StorePermissions permissions)
    {
        StoreSession? owner = SessionOf(permissions.Owner);
        int blocks = BlockPool.BlocksFor(name.Length);
        if (!actor.IsAdministrator && !MayGrow(owner, 1, blocks))
        {
            return StoreTree.None;
        }

        int node = _tree.Create(parent, name, in permissions);
        if (node != StoreTree.None)
        {
            Charge(owner, 1, blocks);
        }

        return node;
    }

    private bool TrySetValue(StoreSession actor, int node, ReadOnlySpan<byte> value)
    {
        StoreSession? owner = SessionOf(_tree[node].Permissions.Owner);
        int more = BlockPool.BlocksFor(value.Length) - BlockPool.BlocksFor(_tree[node].Value.Length);
        if ((!actor.IsAdministrator && !MayGrow(owner, 0, more)) || !_blocks.TryKeep(value, out Chain kept))
        {
            return false;
        }

        _tree.SetValue(node, kept);
        Charge(owner, 0, more);
        return true;
    }

    private void ChangePermissions(int node, in StorePermissions permissions)
    {
        int blocks = BlocksOf(node);
        Charge(SessionOf(_tree[node].Permissions.Owner), -1, -blocks);
        _tree.SetPermissions(node, in permissions);
        Charge(SessionOf(permissions.Owner), 1, blocks);
    }

    // Removes a node and all below it, and tells whoever watches any of them.
    private void RemoveTree(ReadOnlySpan<byte> path, int node)
    {
        StorePermissions permissions = _tree[node].Permissions;
        FireBelow(path);
        int last;
        do
        {
            last = _tree.DeepestFirst(node);
            Charge(SessionOf(_tree[last].Permissions.Owner), -1, -BlocksOf(last));
            _tree.Remove(last);
        }
        while (last != node);

        Fire(path, permissions);
    }

    private int BlocksOf(int node)
        => BlockPool.BlocksFor(_tree[node].Name.Length) + BlockPool.BlocksFor(_tree[node].Value.Length);

    private static bool MayGrow(StoreSession? owner, int nodes, int blocks) => owner is null || owner.IsAdministrator
        || (owner.Nodes + nodes <= StoreSizes.Nodes && owner.NodeBlocks + blocks <= StoreSizes.NodeBlocks);

    private static void Charge(StoreSession? owner, int nodes, int blocks)
    {
        if (owner is not null)
        {
            owner.Nodes += nodes;
            owner.NodeBlocks += blocks;
        }
    }

    private StoreSession? SessionOf(uint domid)
    {
        StoreSession? found = null;
        for (int i = 0; i < _sessions.Length; i++)
        {
            found = _sessions[i] is not null && _sessions[i]!.Domid == domid ? _sessions[i] : found;
        }

        return found;
    }
}
