using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// What the store keeps for one domain that talks to it: its watches, its transactions, what waits for it, and how much of the
/// tree is its. The store's gate covers it.
/// </summary>
internal sealed class StoreSession
{
    private readonly uint[] _open = new uint[StoreSizes.Transactions];
    private uint _lastTransaction;

    /// <summary>Makes a session.</summary>
    /// <param name="domid">The domain.</param>
    /// <param name="isAdministrator">Whether permissions do not bind it.</param>
    /// <param name="waker">Is told when something waits for it; null for nobody.</param>
    public StoreSession(uint domid, bool isAdministrator, IStoreWaker? waker)
    {
        Domid = domid;
        IsAdministrator = isAdministrator;
        Waker = waker;
        byte[] path = new byte[StorePath.Domains.Length + 10];
        Home = path.AsSpan(0, StorePath.WriteDomain(domid, path)).ToArray();
    }

    /// <summary>The domain.</summary>
    public uint Domid { get; }

    /// <summary>Whether permissions do not bind it.</summary>
    public bool IsAdministrator { get; }

    /// <summary>Where its nodes are.</summary>
    public byte[] Home { get; }

    /// <summary>Is told when something waits for it.</summary>
    public IStoreWaker? Waker { get; }

    /// <summary>What waits for it.</summary>
    public StoreOutput Output { get; } = new();

    /// <summary>Its watches; in no order.</summary>
    public StoreWatch[] Watches { get; } = new StoreWatch[StoreSizes.Watches];

    /// <summary>What its transactions have looked at and changed, in order.</summary>
    public StoreChange[] Changes { get; } = new StoreChange[StoreSizes.TransactionNodes];

    /// <summary>Paths, tokens and values of these.</summary>
    public BlockPool Blocks { get; } = new(StoreSizes.SessionBlocks);

    /// <summary>Whether the domain is there: it has been introduced.</summary>
    public bool IsIntroduced { get; set; }

    /// <summary>How many nodes belong to it.</summary>
    public int Nodes { get; set; }

    /// <summary>How many blocks these take.</summary>
    public int NodeBlocks { get; set; }

    /// <summary>Forgets watches and transactions.</summary>
    public void Reset()
    {
        for (int i = 0; i < Watches.Length; i++)
        {
            DropWatch(ref Watches[i]);
        }

        for (int i = 0; i < _open.Length; i++)
        {
            if (_open[i] != 0)
            {
                Close(_open[i]);
            }
        }
    }

    /// <summary>Forgets one of the watches.</summary>
    public void DropWatch(ref StoreWatch watch)
    {
        if (watch.IsSet)
        {
            Blocks.Free(watch.Path);
            Blocks.Free(watch.Token);
            watch = default;
        }
    }

    /// <summary>Opens a transaction.</summary>
    /// <returns>Its number; 0 when there are too many.</returns>
    public uint Open()
    {
        int free = Find(0);
        if (free < 0)
        {
            return 0;
        }

        do
        {
            _lastTransaction++;
        }
        while (_lastTransaction == 0 || IsOpen(_lastTransaction));

        _open[free] = _lastTransaction;
        return _lastTransaction;
    }

    /// <summary>Whether a transaction is open.</summary>
    public bool IsOpen(uint transaction) => transaction != 0 && Find(transaction) >= 0;

    /// <summary>Closes a transaction and forgets what it did.</summary>
    public void Close(uint transaction)
    {
        for (int i = 0; i < Changes.Length; i++)
        {
            ref StoreChange change = ref Changes[i];
            if (change.Transaction == transaction)
            {
                Blocks.Free(change.Path);
                if (change.HasValue)
                {
                    Blocks.Free(change.Value);
                }

                change = default;
            }
        }

        _open[Find(transaction)] = 0;
    }

    private int Find(uint transaction)
    {
        int found = -1;
        for (int i = _open.Length - 1; i >= 0; i--)
        {
            found = _open[i] == transaction ? i : found;
        }

        return found;
    }
}
