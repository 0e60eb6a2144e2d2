using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// Who may do what with a node: its owner first, with what everybody else may, then domains with what each of them may (Xen
/// docs/misc/xenstore.txt, SET_PERMS).
/// </summary>
internal unsafe struct StorePermissions
{
    /// <summary>How many entries there can be (xenstored's quota).</summary>
    public const int Maximum = 5;

    /// <summary>Reading.</summary>
    public const uint Read = 1;

    /// <summary>Writing.</summary>
    public const uint Write = 2;

    private const int DomainShift = 8;

    private fixed uint _entries[Maximum];

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>The domain to which the node belongs.</summary>
    public readonly uint Owner => _entries[0] >> DomainShift;

    /// <summary>Makes those of a node that only its owner may use.</summary>
    public static StorePermissions OwnedBy(uint owner)
    {
        StorePermissions permissions = default;
        permissions.TryAdd(owner, 0);
        return permissions;
    }

    /// <summary>The same, for another owner.</summary>
    public readonly StorePermissions For(uint owner)
    {
        StorePermissions copy = this;
        copy._entries[0] = (owner << DomainShift) | (copy._entries[0] & (Read | Write));
        return copy;
    }

    /// <summary>Adds an entry.</summary>
    public bool TryAdd(uint domid, uint rights)
    {
        if (Count == Maximum)
        {
            return false;
        }

        _entries[Count++] = (domid << DomainShift) | rights;
        return true;
    }

    /// <summary>Whether a domain that is not the administrator may.</summary>
    public readonly bool Allows(uint domid, uint rights)
    {
        if (domid == Owner)
        {
            return true;
        }

        uint granted = _entries[0];
        for (int i = Count - 1; i > 0; i--)
        {
            granted = _entries[i] >> DomainShift == domid ? _entries[i] : granted;
        }

        return (granted & rights) == rights;
    }

    /// <summary>Reads strings such as <c>n0</c>, <c>r5</c>, each with a zero at its end.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out StorePermissions permissions)
    {
        permissions = default;
        while (text.Length > 0)
        {
            int end = text.IndexOf((byte)0);
            uint rights = text[0] switch
            {
                (byte)'n' => 0u,
                (byte)'r' => Read,
                (byte)'w' => Write,
                (byte)'b' => Read | Write,
                _ => uint.MaxValue,
            };
            if (end < 2 || rights > (Read | Write) || !StorePath.TryReadNumber(text.Slice(1, end - 1), out uint domid)
                || domid > ushort.MaxValue || !permissions.TryAdd(domid, rights))
            {
                return false;
            }

            text = text.Slice(end + 1);
        }

        return permissions.Count != 0;
    }

    /// <summary>Writes them as <see cref="TryParse"/> reads them.</summary>
    /// <returns>How many bytes.</returns>
    public readonly int Format(Span<byte> target)
    {
        int length = 0;
        for (int i = 0; i < Count; i++)
        {
            target[length++] = (_entries[i] & (Read | Write)) switch
            {
                0 => (byte)'n',
                Read => (byte)'r',
                Write => (byte)'w',
                _ => (byte)'b',
            };
            length += StorePath.WriteNumber(_entries[i] >> DomainShift, target.Slice(length));
            target[length++] = 0;
        }

        return length;
    }
}
