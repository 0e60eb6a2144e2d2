using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// The store's nodes, all of which are taken at once. It knows nothing of rights, watches and transactions.
/// </summary>
internal sealed class StoreTree
{
    /// <summary>The place of the root, which is always there.</summary>
    public const int Root = 0;

    /// <summary>No node.</summary>
    public const int None = -1;

    private readonly StoreNode[] _nodes;
    private readonly BlockPool _blocks;
    private int _free;

    /// <summary>Makes a tree of the root alone.</summary>
    /// <param name="nodes">How many nodes there can be.</param>
    /// <param name="blocks">Where names and values are.</param>
    public StoreTree(int nodes, BlockPool blocks)
    {
        _nodes = new StoreNode[nodes];
        _blocks = blocks;
        for (int i = 0; i < nodes; i++)
        {
            _nodes[i].Next = i + 1 < nodes ? i + 1 : None;
        }

        _free = nodes > 1 ? 1 : None;
        FreeNodes = nodes - 1;
        _nodes[Root] = Empty(None, StorePermissions.OwnedBy(0));
    }

    /// <summary>How many nodes can be made.</summary>
    public int FreeNodes { get; private set; }

    /// <summary>Counts changes; nodes say when they were changed last.</summary>
    public ulong Generation { get; private set; } = 1;

    /// <summary>A node.</summary>
    public ref readonly StoreNode this[int node] => ref _nodes[node];

    /// <summary>Finds a node.</summary>
    /// <param name="path">A well-formed path.</param>
    /// <param name="nearest">The node, or the last one on the way to it.</param>
    /// <returns>The node, or <see cref="None"/>.</returns>
    public int Find(ReadOnlySpan<byte> path, out int nearest)
    {
        nearest = Root;
        ReadOnlySpan<byte> rest = path.Slice(1);
        while (rest.Length > 0)
        {
            int slash = rest.IndexOf((byte)'/');
            int child = FindChild(nearest, slash < 0 ? rest : rest.Slice(0, slash));
            if (child == None)
            {
                return None;
            }

            nearest = child;
            rest = slash < 0 ? default : rest.Slice(slash + 1);
        }

        return nearest;
    }

    /// <summary>Makes a node below another, behind those that are there.</summary>
    /// <returns>The node; <see cref="None"/> when there is no room.</returns>
    public int Create(int parent, ReadOnlySpan<byte> name, in StorePermissions permissions)
    {
        if (_free == None || !_blocks.TryKeep(name, out Chain kept))
        {
            return None;
        }

        int node = _free;
        _free = _nodes[node].Next;
        FreeNodes--;
        _nodes[node] = Empty(parent, in permissions);
        _nodes[node].Name = kept;
        int last = _nodes[parent].LastChild;
        _nodes[node].Previous = last;
        _nodes[parent].LastChild = node;
        if (last == None)
        {
            _nodes[parent].FirstChild = node;
        }
        else
        {
            _nodes[last].Next = node;
        }

        Touch(parent);
        Touch(node);
        return node;
    }

    /// <summary>Gives a node another value, which becomes the tree's.</summary>
    public void SetValue(int node, Chain value)
    {
        _blocks.Free(_nodes[node].Value);
        _nodes[node].Value = value;
        Touch(node);
    }

    /// <summary>Says who may do what with a node.</summary>
    public void SetPermissions(int node, in StorePermissions permissions)
    {
        _nodes[node].Permissions = permissions;
        Touch(node);
    }

    /// <summary>Removes a node below which there are none.</summary>
    public void Remove(int node)
    {
        ref StoreNode removed = ref _nodes[node];
        int parent = removed.Parent;
        if (removed.Previous == None)
        {
            _nodes[parent].FirstChild = removed.Next;
        }
        else
        {
            _nodes[removed.Previous].Next = removed.Next;
        }

        if (removed.Next == None)
        {
            _nodes[parent].LastChild = removed.Previous;
        }
        else
        {
            _nodes[removed.Next].Previous = removed.Previous;
        }

        _blocks.Free(removed.Name);
        _blocks.Free(removed.Value);
        removed = default;
        removed.Next = _free;
        _free = node;
        FreeNodes++;
        Touch(parent);
    }

    /// <summary>The first node of a tree that has no nodes below it, as one removes them.</summary>
    public int DeepestFirst(int node)
    {
        while (_nodes[node].FirstChild != None)
        {
            node = _nodes[node].FirstChild;
        }

        return node;
    }

    /// <summary>The node below another that has a name.</summary>
    public int FindChild(int parent, ReadOnlySpan<byte> name)
    {
        int child = _nodes[parent].FirstChild;
        while (child != None && !_blocks.AreEqual(_nodes[child].Name, name))
        {
            child = _nodes[child].Next;
        }

        return child;
    }

    private void Touch(int node) => _nodes[node].Generation = ++Generation;

    private static StoreNode Empty(int parent, in StorePermissions permissions) => new()
    {
        Parent = parent,
        FirstChild = None,
        LastChild = None,
        Next = None,
        Previous = None,
        Permissions = permissions,
    };
}
