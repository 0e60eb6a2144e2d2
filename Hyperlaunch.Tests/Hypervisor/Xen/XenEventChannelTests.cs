using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using FsCheck;
using FsCheck.Fluent;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed unsafe class XenEventChannelTests : IDisposable
{
    private const uint Nobody = 9;

    private static readonly uint[] s_domids = [1, 2, 3];

    private readonly TestMachine[] _machines = [new(), new(), new()];

    public void Dispose()
    {
        foreach (TestMachine machine in _machines)
        {
            machine.Dispose();
        }
    }

    [Fact]
    public void They_do_what_a_simple_model_does()
    {
        Gen<uint> numbers = Gen.Frequency(
            (8, Gen.Choose(0, 8).Select(value => (uint)value)), (1, Gen.Elements(31u, 32u, uint.MaxValue)));
        Gen<Step> steps =
            from domid in Gen.Elements(s_domids)
            from operation in Gen.Choose(0, 10)
            from remote in Gen.Elements(1u, 2u, 3u, Nobody)
            from first in numbers
            from second in numbers
            select new Step(domid, operation, remote, first, second);
        Prop.ForAll(steps.ListOf().Resize(120).ToArbitrary(), list => Agrees(list))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(20261201, 1));
    }

    [Fact]
    public void The_two_ends_of_a_channel_agree_whatever_they_do_at_once()
    {
        XenDomains domains = new(2);
        EventChannels[] ends = [Make(domains, 0), Make(domains, 1)];
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2).Select(index => new Thread(() => Quarrel(ends[index], s_domids[1 - index], index))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        for (int i = 0; i < 2; i++)
        {
            for (uint port = 1; port < ModelChannels.Ports; port++)
            {
                PortBinding binding = ends[i].BindingOf(port);
                if (binding.Kind == PortKind.Interdomain)
                {
                    PortBinding back = ends[1 - i].BindingOf((uint)binding.Port);
                    Assert.Equal((PortKind.Interdomain, s_domids[i], (int)port), (back.Kind, back.Domid, back.Port));
                }
            }
        }
    }

    [Fact]
    public void An_event_for_another_domain_touches_nothing_of_that_domains_memory_until_it_looks()
    {
        XenDomains domains = new(2);
        EventChannels one = Make(domains, 0);
        EventChannels two = Make(domains, 1);
        long offered = one.AllocateUnbound(2);
        long port = two.BindInterdomain(1, (uint)offered);
        two.Take();
        byte[] before = Page(_machines[0]);
        Assert.Equal(0, two.Send((uint)port));
        Assert.Equal(before, Page(_machines[0]));
        Assert.True(one.Take());
        Assert.True(one.IsPending((uint)offered));
    }

    [Fact]
    public void A_domain_that_ends_leaves_its_peers_a_port_to_bind_again()
    {
        XenDomains domains = new(2);
        EventChannels one = Make(domains, 0);
        EventChannels two = Make(domains, 1);
        long offered = one.AllocateUnbound(2);
        long port = two.BindInterdomain(1, (uint)offered);
        two.CloseAll();
        Assert.Equal((PortKind.Unbound, 2u), (one.BindingOf((uint)offered).Kind, one.BindingOf((uint)offered).Domid));
        Assert.Equal(0, one.Send((uint)offered));
        Assert.Equal(port, two.BindInterdomain(1, (uint)offered));
    }

    [Theory]
    [InlineData(0ul, 12)]
    [InlineData(1ul, 12)]
    [InlineData(6ul, 8)]
    [InlineData(7ul, 8)]
    public void A_port_that_cannot_be_told_is_not_kept(ulong operation, int length)
    {
        using XenMachine xen = new();
        uint own = (uint)TestMachine.Domid;
        if (operation == 0)
        {
            xen.Channel(6, 0x7FF0 | own << 16, 0);
        }

        // The place for the answer is the first word behind the domain's memory.
        ulong place = (8 << 20) - (ulong)length + 4;
        xen.Write(place, operation switch
        {
            0 => XenMachine.Words(own, 1),
            1 => XenMachine.Words(0, 0),
            6 => XenMachine.Words(0x7FF0 | own << 16),
            _ => XenMachine.Words(0),
        });
        Assert.Equal(XenError.BadAddress, xen.CallWith(0, 32, operation, place, 0));
        Assert.Equal(PortKind.Free, xen.Xen.Channels.BindingOf(operation == 0 ? 2u : 1u).Kind);
    }

    [Fact]
    public void A_status_says_what_a_port_is_bound_to()
    {
        using XenMachine xen = new(2);
        uint own = (uint)TestMachine.Domid;
        xen.Channel(6, 0x7FF0 | 5u << 16, 0);
        xen.Channel(1, 1, 1, 0);
        xen.Channel(7, 1, 0);
        Assert.Equal((1u, 0u, 5u, 0u), Status(xen, 1));
        Assert.Equal((4u, 1u, 1u, 0u), Status(xen, 2));
        Assert.Equal((5u, 1u, 0u, 0u), Status(xen, 3));
        Assert.Equal((0u, 0u, 0u, 0u), Status(xen, 4));
        xen.Channel(6, 0x7FF0 | own << 16, 0);
        xen.Channel(0, own, 4, 0);
        Assert.Equal((2u, 0u, own, 5u), Status(xen, 4));
        Assert.Equal((2u, 0u, own, 4u), Status(xen, 5));
        Assert.Equal(XenError.Invalid, xen.Channel(5, 0x7FF0, 0, 0, 0, 0, 0));
        Assert.Equal(XenError.NotPermitted, xen.Channel(5, 1, 1, 0, 0, 0, 0));
    }

    [Theory]
    [InlineData(11ul)]
    [InlineData(12ul)]
    [InlineData(13ul)]
    public void The_other_interface_is_refused(ulong operation)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.NoSuchCall, xen.Channel(operation, 0, 0, 0, 0));
    }

    [Fact]
    public void A_guest_of_32_bits_has_as_many_channels_as_its_page_has_room_for()
    {
        using XenMachine xen = new(40, isLong: false);
        xen.Call(34, 0, XenMachine.Words(0x7FF0, 0, 0xF3, 2u << 24));
        int given = 0;
        while (xen.Channel(6, 0x7FF0, 0) == 0)
        {
            given++;
        }

        Assert.Equal(256 + (16 * 40) - 1, given);
        Assert.True(given < 1024);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_event_interrupts_by_the_vector_that_the_guest_named(bool isLong)
    {
        using XenMachine xen = new(1, isLong);
        Assert.Equal(0, xen.Call(34, 0, XenMachine.Words(0x7FF0, 0, 0xF3, 2u << 24)));
        xen.Test.Processor.Rflags |= 0x200;
        uint port = Ipi(xen);
        xen.Prepare();
        Assert.Empty(xen.Test.Processor.Injected);
        Assert.Equal(0, xen.Channel(4, port));
        xen.Prepare();
        Assert.Equal("interrupt f3", Assert.Single(xen.Test.Processor.Injected));
        Assert.Equal(1, xen.Shared(0, 1)[0]);
        Assert.Equal(1, xen.Shared(isLong ? 8 : 4, 1)[0]);
    }

    [Fact]
    public void A_processors_own_vector_comes_once_by_its_local_APIC()
    {
        using XenMachine xen = new(1);
        xen.Xen.UpcallVector = 0xF3;
        Assert.Equal(XenError.Invalid, xen.Call(34, 23, XenMachine.Words(0, 15)));
        Assert.Equal(XenError.NoSuchEntry, xen.Call(34, 23, XenMachine.Words(1, 0xF4)));
        Assert.Equal(0, xen.Call(34, 23, XenMachine.Words(0, 0xF4)));
        xen.Test.Machine.Platform.LocalApic(0).TryWriteMsr(0x1B, 0xFEE0_0D00);
        xen.Test.Machine.Platform.LocalApic(0).TryWriteMsr(0x80F, 0x1FF);
        xen.Test.Processor.Rflags |= 0x200;
        uint port = Ipi(xen);
        xen.Channel(4, port);
        xen.Prepare();
        xen.Test.Processor.IsEventQueued = false;
        xen.Prepare();
        Assert.Equal("interrupt f4", Assert.Single(xen.Test.Processor.Injected));
    }

    [Theory]
    [InlineData(0x0200_0000_0000_000Ful)]
    [InlineData(0x0000_0000_0000_0002ul)]
    [InlineData(0x0100_0000_0000_0001ul)]
    [InlineData(ulong.MaxValue)]
    public void A_way_to_interrupt_that_there_is_not_is_refused(ulong value)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.Invalid, xen.Call(34, 0, XenMachine.Words(0x7FF0, 0, (uint)value, (uint)(value >> 32))));
    }

    [Fact]
    public void A_parameter_is_read_and_only_one_is_written()
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.NotPermitted, xen.Call(34, 0, XenMachine.Words(0x7FF0, 1, 5, 0)));
        Assert.Equal(XenError.Invalid, xen.Call(34, 1, XenMachine.Words(0x7FF0, 39, 5, 0)));
        Assert.Equal(XenError.NotPermitted, xen.Call(34, 1, XenMachine.Words(3, 0, 5, 0)));
        Assert.Equal(0, xen.Call(34, 1, XenMachine.Words(0x7FF0, 3, 5, 0)));
        Assert.Equal(0u, xen.Answer(2));
        Assert.Equal(0, xen.Call(34, 1, XenMachine.Words(0x7FF0, 1, 5, 0)));
        Assert.Equal(0xF_EFFFu, xen.Answer(2));
    }

    private static uint Ipi(XenMachine xen)
    {
        Assert.Equal(0, xen.Channel(7, 0, 0));
        return xen.Answer(1);
    }

    private static (uint Status, uint Processor, uint First, uint Second) Status(XenMachine xen, uint port)
    {
        Assert.Equal(0, xen.Channel(5, 0x7FF0, port, 9, 9, 9, 9));
        return (xen.Answer(2), xen.Answer(3), xen.Answer(4), xen.Answer(5));
    }

    private static byte[] Page(TestMachine machine)
        => new ReadOnlySpan<byte>(machine.Machine.Memory.SharedPage(0), 4096).ToArray();

    // Offers, binds and closes, as fast as it can, always under what stands for its domain's gate: its own thread.
    private static void Quarrel(EventChannels own, uint other, int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 100_000; i++)
        {
            uint port = (uint)random.Next(1, 8);
            switch (random.Next(4))
            {
                case 0:
                    own.AllocateUnbound(other);
                    break;
                case 1:
                    own.BindInterdomain(other, port);
                    break;
                case 2:
                    own.TryClose(port);
                    break;
                default:
                    own.Send(port);
                    break;
            }
        }
    }

    private EventChannels Make(XenDomains domains, int index)
    {
        GuestMemory memory = _machines[index].Machine.Memory;
        SharedInfo shared = new(memory, new ShownPages(memory), ModelChannels.Processors);
        shared.Reset();
        EventChannels channels = new(
            domains, s_domids[index], shared, new NoUpcalls(), ModelChannels.Processors, ModelChannels.Ports);
        domains.TryAdd(new(_machines[index].Machine, channels, new(memory, new()), new(memory, 1)));
        return channels;
    }

    private bool Agrees(IEnumerable<Step> steps)
    {
        XenDomains domains = new(3);
        EventChannels[] real = [Make(domains, 0), Make(domains, 1), Make(domains, 2)];
        ModelChannels model = new(s_domids);
        foreach (Step step in steps)
        {
            EventChannels channels = real[step.Domid - 1];
            byte* page = _machines[step.Domid - 1].Machine.Memory.SharedPage(0);
            long expected = 0;
            long answer = 0;
            switch (step.Operation)
            {
                case 0:
                    expected = model.Allocate(step.Domid, PortKind.Unbound, step.Remote, 0, 0);
                    answer = channels.AllocateUnbound(step.Remote);
                    break;
                case 1:
                case 2:
                    expected = model.BindInterdomain(step.Domid, step.Remote, step.First);
                    answer = channels.BindInterdomain(step.Remote, step.First);
                    break;
                case 3:
                    expected = model.BindVirq(step.Domid, step.First, step.Second);
                    answer = channels.BindVirq(step.First, step.Second, ModelChannels.Processors);
                    break;
                case 4:
                    expected = step.First < ModelChannels.Processors
                        ? model.Allocate(step.Domid, PortKind.Ipi, 0, 0, (int)step.First)
                        : XenError.NoSuchEntry;
                    answer = channels.BindIpi(step.First, ModelChannels.Processors);
                    break;
                case 5:
                    expected = model.BindProcessor(step.Domid, step.First, step.Second);
                    answer = channels.BindProcessor(step.First, step.Second, ModelChannels.Processors);
                    break;
                case 6:
                    expected = model.Close(step.Domid, step.First);
                    answer = channels.TryClose(step.First);
                    break;
                case 7:
                case 8:
                    expected = model.Send(step.Domid, step.First);
                    answer = channels.Send(step.First);
                    break;
                case 9:
                    expected = model.Unmask(step.Domid, step.First);
                    answer = channels.Unmask(step.First);
                    break;
                default:
                    if (step.First is > 0 and < ModelChannels.Ports)
                    {
                        model[step.Domid, (int)step.First].IsMasked = true;
                        AtomicBits.TrySet(page + 0xA00, (int)step.First);
                    }

                    AnswerUpcall(model, channels, step.Domid, page, (int)(step.Second % ModelChannels.Processors));
                    break;
            }

            foreach (EventChannels each in real)
            {
                each.Take();
            }

            if (answer != expected || !IsSame(model, real))
            {
                return false;
            }
        }

        return true;
    }

    private static void AnswerUpcall(ModelChannels model, EventChannels channels, uint domid, byte* page, int processor)
    {
        byte* info = page + (processor * 64);
        info[0] = 0;
        bool isSelected = (info[8] & 1) != 0;
        info[8] = 0;
        for (uint port = 1; isSelected && port < ModelChannels.Ports; port++)
        {
            if (channels.ProcessorOf(port) == processor && !AtomicBits.IsSet(page + 0xA00, (int)port))
            {
                AtomicBits.Clear(page + 0x800, (int)port);
            }
        }

        model.Answer(domid, processor);
    }

    private bool IsSame(ModelChannels model, EventChannels[] real)
    {
        for (int i = 0; i < real.Length; i++)
        {
            byte* page = _machines[i].Machine.Memory.SharedPage(0);
            for (int port = 1; port < ModelChannels.Ports; port++)
            {
                ModelChannels.Port expected = model[s_domids[i], port];
                PortBinding binding = real[i].BindingOf((uint)port);
                bool isSame = binding.Kind == expected.Kind && real[i].IsPending((uint)port) == expected.IsPending
                    && (expected.Kind is not (PortKind.Unbound or PortKind.Interdomain) || binding.Domid == expected.Domid)
                    && (expected.Kind is not (PortKind.Virq or PortKind.Interdomain) || binding.Port == expected.Other);
                if (!isSame)
                {
                    return false;
                }
            }

            for (int processor = 0; processor < ModelChannels.Processors; processor++)
            {
                if ((page[processor * 64] != 0) != model.IsUpcall(s_domids[i], processor))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private sealed record Step(uint Domid, int Operation, uint Remote, uint First, uint Second);

    private sealed class NoUpcalls : IUpcalls
    {
        public void Look(int processor)
        {
        }

        public void Serve(XenService service)
        {
        }

        public void Upcall(int processor)
        {
        }
    }
}
