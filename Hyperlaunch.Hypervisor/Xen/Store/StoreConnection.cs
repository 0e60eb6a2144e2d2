using System;
using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// A domain's ring to the store (Xen public/io/xs_wire.h, xenstore_domain_interface): requests come in at one half of its page,
/// answers and events go out at the other, and the guest writes all of it whenever it likes. The domain's gate is held, and the
/// store's is taken for each request.
/// </summary>
internal sealed unsafe class StoreConnection
{
    /// <summary>Bytes of the page that are used.</summary>
    public const int RingBytes = 2076;

    private const uint RingSize = 1024;
    private const int AnswerStart = (int)RingSize;
    private const int RequestConsumer = 2048;
    private const int RequestProducer = 2052;
    private const int AnswerConsumer = 2056;
    private const int AnswerProducer = 2060;
    private const int ErrorField = 2072;

    // XENSTORE_ERROR_COMM, XENSTORE_ERROR_RINGIDX and XENSTORE_ERROR_PROTO.
    private const uint IndexError = 2;
    private const uint ProtocolError = 3;

    private readonly XenStore _store;
    private readonly byte* _page;
    private readonly byte[] _request = new byte[StoreHeader.Size + StoreSizes.Payload];
    private int _received;
    private bool _hasFailed;

    /// <summary>Makes the store's end of a ring.</summary>
    /// <param name="store">The store.</param>
    /// <param name="session">The domain's session.</param>
    /// <param name="page">The ring's page, as long as the domain has memory.</param>
    public StoreConnection(XenStore store, StoreSession session, byte* page)
    {
        _store = store;
        Session = session;
        _page = page;
    }

    /// <summary>The domain's session.</summary>
    public StoreSession Session { get; }

    /// <summary>The domain is built anew: the ring is empty.</summary>
    public void Reset()
    {
        new Span<byte>(_page, RingBytes).Clear();
        _received = 0;
        _hasFailed = false;
    }

    /// <summary>
    /// Takes requests and gives answers and events, as far as there are any and the guest has room; not more at once than is
    /// short.
    /// </summary>
    /// <param name="isMore">Whether there is more to be done at once.</param>
    /// <returns>Whether the guest is to be told: something moved.</returns>
    public bool Serve(out bool isMore)
    {
        bool hasMoved = false;
        isMore = false;
        for (int i = 0; !_hasFailed && i < StoreSizes.Requests; i++)
        {
            hasMoved |= Send();
            bool canTake = Session.Output.HasRoomForAnswer;
            bool hasRequest = canTake && Receive(ref hasMoved);
            if (!hasRequest)
            {
                isMore = false;
                break;
            }

            Answer();
            isMore = true;
        }

        hasMoved |= !_hasFailed && Send();
        return hasMoved;
    }

    private void Answer()
    {
        StoreHeader header = new(_request);
        _store.Gate.Enter();
        _store.Handle(Session, in header, _request.AsSpan(StoreHeader.Size, (int)header.Length));
        _store.Gate.Exit();
        _received = 0;
    }

    // Whether a whole request is there.
    private bool Receive(ref bool hasMoved)
    {
        while (true)
        {
            int wanted = _received < StoreHeader.Size
                ? StoreHeader.Size - _received
                : StoreHeader.Size + (int)new StoreHeader(_request).Length - _received;
            if (wanted == 0)
            {
                return true;
            }

            uint producer = Index(RequestProducer);
            uint consumer = Index(RequestConsumer);
            uint there = producer - consumer;
            if (there > RingSize)
            {
                Fail(IndexError);
                return false;
            }

            uint start = consumer % RingSize;
            uint together = there < RingSize - start ? there : RingSize - start;
            int length = together < (uint)wanted ? (int)together : wanted;
            if (length == 0)
            {
                return false;
            }

            new ReadOnlySpan<byte>(_page + start, length).CopyTo(_request.AsSpan(_received));
            _received += length;
            Set(RequestConsumer, consumer + (uint)length);
            hasMoved = true;
            if (_received == StoreHeader.Size && new StoreHeader(_request).Length > StoreSizes.Payload)
            {
                Fail(ProtocolError);
                return false;
            }
        }
    }

    // Gives the guest what waits for it, as far as there is room.
    private bool Send()
    {
        bool hasMoved = false;
        _store.Gate.Enter();
        while (true)
        {
            ReadOnlySpan<byte> waiting = Session.Output.First;
            uint producer = Index(AnswerProducer);
            uint used = producer - Index(AnswerConsumer);
            if (used > RingSize)
            {
                Fail(IndexError);
                break;
            }

            uint start = producer % RingSize;
            uint room = RingSize - used < RingSize - start ? RingSize - used : RingSize - start;
            int length = (uint)waiting.Length < room ? waiting.Length : (int)room;
            if (length == 0)
            {
                break;
            }

            waiting.Slice(0, length).CopyTo(new Span<byte>(_page + AnswerStart + start, length));
            Session.Output.Drop(length);
            Set(AnswerProducer, producer + (uint)length);
            hasMoved = true;
            if (Session.Output.Count == 0 && Session.Output.HasLostEvents)
            {
                _store.TellAll(Session);
            }
        }

        _store.Gate.Exit();
        return hasMoved;
    }

    // The guest is not served any more in this life: what it says of its ring makes no sense.
    private void Fail(uint error)
    {
        _hasFailed = true;
        Set(ErrorField, error);
    }

    private uint Index(int place) => Volatile.Read(ref *(uint*)(_page + place));

    private void Set(int place, uint value) => Volatile.Write(ref *(uint*)(_page + place), value);
}
