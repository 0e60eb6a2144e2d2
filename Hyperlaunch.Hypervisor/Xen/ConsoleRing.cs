using System;
using System.Threading;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// The ring of a domain's console (Xen public/io/console.h): the guest puts bytes in at one end and takes them at the other, and
/// writes all four indices whenever it likes. The domain's gate is held.
/// </summary>
internal sealed unsafe class ConsoleRing
{
    private const uint InSize = 1024;
    private const uint OutSize = 2048;
    private const int OutStart = (int)InSize;
    private const int InConsumer = OutStart + (int)OutSize;
    private const int InProducer = InConsumer + 4;
    private const int OutConsumer = InProducer + 4;
    private const int OutProducer = OutConsumer + 4;

    // What a sink that is ready takes at once.
    private const int Burst = 16;

    private readonly byte* _page;
    private readonly ISerialSink _sink;

    /// <summary>Makes the hypervisor's end.</summary>
    /// <param name="page">The ring's page, as long as the domain has memory.</param>
    /// <param name="sink">Takes what the guest writes.</param>
    public ConsoleRing(byte* page, ISerialSink sink)
    {
        _page = page;
        _sink = sink;
    }

    /// <summary>Whether the guest has written what has not been passed on. No gate is needed.</summary>
    public bool HasOutput => Index(OutProducer) != Index(OutConsumer);

    /// <summary>The domain is built anew.</summary>
    public void Reset() => new Span<byte>(_page, OutProducer + 4).Clear();

    /// <summary>
    /// Passes on what the guest has written, as far as the sink takes it. More than the ring holds is nothing that anybody wrote.
    /// </summary>
    public void Drain()
    {
        uint producer = Index(OutProducer);
        uint consumer = Index(OutConsumer);
        if (producer - consumer > OutSize)
        {
            consumer = producer;
        }

        while (consumer != producer && _sink.IsReady)
        {
            for (int i = 0; i < Burst && consumer != producer; i++)
            {
                _sink.Put(_page[OutStart + (int)(consumer % OutSize)]);
                consumer++;
            }
        }

        Set(OutConsumer, consumer);
    }

    /// <summary>Gives the guest a byte.</summary>
    /// <returns>False when the ring is full, or what the guest says of it makes no sense.</returns>
    public bool TryPut(byte value)
    {
        uint producer = Index(InProducer);
        if (producer - Index(InConsumer) >= InSize)
        {
            return false;
        }

        _page[producer % InSize] = value;
        Set(InProducer, producer + 1);
        return true;
    }

    private uint Index(int place) => Volatile.Read(ref *(uint*)(_page + place));

    private void Set(int place, uint value) => Volatile.Write(ref *(uint*)(_page + place), value);
}
