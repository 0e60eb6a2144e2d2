using System;
using Hyperlaunch.Machine.Concurrency;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// The store (Xen docs/misc/xenstore.txt): a tree of small values by which domains tell each other what they have, with
/// permissions, watches and transactions. All that it needs is taken when it is made.
/// </summary>
/// <remarks>
/// One gate covers it, which is taken for one request; a domain's gate may be held then, and none is taken under it.
/// </remarks>
internal sealed partial class XenStore
{
    /// <summary>The number under which the hypervisor itself owns nodes, as the tools' domain does.</summary>
    public const uint ToolsDomid = 0;

    private readonly BlockPool _blocks;
    private readonly StoreTree _tree;
    private readonly StoreSession?[] _sessions;
    private readonly byte[] _path = new byte[StorePath.MaximumLength + StorePath.MaximumName];
    private readonly byte[] _work = new byte[StorePath.MaximumLength + StorePath.MaximumName];
    private readonly byte[] _token = new byte[StoreSizes.Payload];
    private readonly byte[] _answer = new byte[StoreSizes.Payload];
    private int _pathLength;

    /// <summary>Makes the store for so many domains.</summary>
    public XenStore(int domains)
    {
        int nodes = (domains * (StoreSizes.Nodes + StoreSizes.NodesAbout)) + StoreSizes.NodesAbout;
        _blocks = new BlockPool((domains * (StoreSizes.NodeBlocks + StoreSizes.BlocksAbout)) + StoreSizes.BlocksAbout);
        _tree = new StoreTree(nodes, _blocks);
        _sessions = new StoreSession?[domains + 1];
        Tools = new StoreSession(ToolsDomid, true, null);
    }

    /// <summary>Covers the store.</summary>
    public SpinGate Gate { get; } = new();

    /// <summary>The session of the hypervisor itself.</summary>
    public StoreSession Tools { get; }

    /// <summary>How many nodes can still be made.</summary>
    public int FreeNodes => _tree.FreeNodes;

    /// <summary>A domain that has been made; one with the same number that could not be built gives way.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TryAdd(StoreSession session)
    {
        for (int i = 0; i < _sessions.Length; i++)
        {
            if (_sessions[i] is null || _sessions[i]!.Domid == session.Domid)
            {
                _sessions[i] = session;
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Answers a request: what it is told, and what others are told of it, waits in the sessions afterwards. The gate is held.
    /// </summary>
    /// <param name="session">Who asks.</param>
    /// <param name="header">What is asked.</param>
    /// <param name="payload">What the request carries, at most <see cref="StoreSizes.Payload"/> bytes.</param>
    public void Handle(StoreSession session, in StoreHeader header, ReadOnlySpan<byte> payload)
    {
        StoreError error = header.Transaction == 0 || session.IsOpen(header.Transaction)
            ? Execute(session, in header, payload, out int length)
            : Fail(StoreError.NoEntry, out length);
        if (error == StoreError.None)
        {
            session.Output.Answer(header.Type, header.Request, header.Transaction, _answer.AsSpan(0, length));
        }
        else
        {
            ReadOnlySpan<byte> name = StoreErrorNames.Name(error);
            name.CopyTo(_answer);
            _answer[name.Length] = 0;
            session.Output.Answer(
                StoreRequest.Error, header.Request, header.Transaction, _answer.AsSpan(0, name.Length + 1));
        }

        if (error == StoreError.None && header.Type == StoreRequest.Watch)
        {
            // The first event comes behind the answer, whether there is such a node or not.
            session.Output.Event(FirstString(payload), SecondString(payload));
        }
    }

    private StoreError Execute(StoreSession session, in StoreHeader header, ReadOnlySpan<byte> payload, out int length)
    {
        uint transaction = header.Transaction;
        length = 0;
        switch (header.Type)
        {
            case StoreRequest.Directory:
                return Directory(session, transaction, payload, out length);
            case StoreRequest.DirectoryPart:
                return DirectoryPart(session, transaction, payload, out length);
            case StoreRequest.Read:
                return Read(session, transaction, payload, out length);
            case StoreRequest.GetPermissions:
                return GetPermissions(session, transaction, payload, out length);
            case StoreRequest.Write:
                return Okay(Write(session, transaction, payload), ref length);
            case StoreRequest.MakeDirectory:
                return Okay(MakeDirectory(session, transaction, payload), ref length);
            case StoreRequest.Remove:
                return Okay(Remove(session, transaction, payload), ref length);
            case StoreRequest.SetPermissions:
                return Okay(SetPermissions(session, transaction, payload), ref length);
            case StoreRequest.Watch:
                return Okay(AddWatch(session, payload), ref length);
            case StoreRequest.Unwatch:
                return Okay(EndWatch(session, payload), ref length);
            case StoreRequest.ResetWatches:
                session.Reset();
                return Okay(StoreError.None, ref length);
            case StoreRequest.TransactionStart:
                return Start(session, transaction, out length);
            case StoreRequest.TransactionEnd:
                return Okay(End(session, transaction, payload), ref length);
            default:
                return OfDomains(session, header.Type, payload, out length);
        }
    }

    // What answers nothing else answers so.
    private StoreError Okay(StoreError error, ref int length)
    {
        "OK\0"u8.CopyTo(_answer);
        length = 3;
        return error;
    }

    private static StoreError Fail(StoreError error, out int length)
    {
        length = 0;
        return error;
    }

    // The first of the strings of a payload, each with a zero at its end; none when there is no end.
    private static ReadOnlySpan<byte> FirstString(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return end < 0 ? default : payload.Slice(0, end);
    }

    private static ReadOnlySpan<byte> SecondString(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return end < 0 ? default : FirstString(payload.Slice(end + 1));
    }

    // Whether a payload is one string and its zero.
    private static bool IsOneString(ReadOnlySpan<byte> payload) => payload.IndexOf((byte)0) == payload.Length - 1;
}
