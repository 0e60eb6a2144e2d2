using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// event_channel_op (32), with two levels (Xen public/event_channel.h). The FIFO interface's operations are refused: a guest then
/// uses this one.
/// </summary>
internal sealed class EventChannelCall : Hypercall
{
    private const ulong BindInterdomain = 0;
    private const ulong BindVirq = 1;
    private const ulong Close = 3;
    private const ulong Send = 4;
    private const ulong Status = 5;
    private const ulong AllocateUnbound = 6;
    private const ulong BindIpi = 7;
    private const ulong BindProcessor = 8;
    private const ulong Unmask = 9;
    private const ulong Reset = 10;

    private const int StatusSize = 24;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller)
    {
        EventChannels channels = caller.Xen.Channels;
        int processors = caller.Cpu.Machine.CpuCount;
        ulong place = caller.Second;
        int length = LengthOf(caller.First);
        if (length == 0)
        {
            return XenError.NoSuchCall;
        }

        if (!caller.TryRead(place, length, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        uint first = length < sizeof(uint)
            ? BinaryPrimitives.ReadUInt16LittleEndian(argument)
            : BinaryPrimitives.ReadUInt32LittleEndian(argument);
        uint second = length > 4 ? BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(4)) : 0;
        return caller.First switch
        {
            // remote_dom, remote_port; local_port
            BindInterdomain => Give(in caller, channels.BindInterdomain(caller.Translate((ushort)first), second), 8),

            // virq, vcpu; port
            BindVirq => Give(in caller, channels.BindVirq(first, second, processors), 8),

            // port
            Close => channels.TryClose(first),
            Send => channels.Send(first),
            Unmask => channels.Unmask(first),

            // dom, port; status, vcpu, and what it depends on
            Status => caller.IsOwn((ushort)first) ? Tell(in caller, second) : XenError.NotPermitted,

            // dom, remote_dom; port
            AllocateUnbound => caller.IsOwn((ushort)first)
                ? Give(in caller, channels.AllocateUnbound(caller.Translate(first >> 16)), 4)
                : XenError.NotPermitted,

            // vcpu; port
            BindIpi => Give(in caller, channels.BindIpi(first, processors), 4),

            // port, vcpu
            BindProcessor => channels.BindProcessor(first, second, processors),

            // dom
            _ => caller.IsOwn((ushort)first) ? CloseAll(channels) : XenError.NotPermitted,
        };
    }

    // Bytes of the argument that are read, and written.
    private static int LengthOf(ulong operation) => operation switch
    {
        BindInterdomain or BindVirq => 12,
        Close or Send or Unmask => 4,
        Status => StatusSize,
        AllocateUnbound or BindIpi or BindProcessor => 8,
        Reset => 2,
        _ => 0,
    };

    // A port that cannot be told is not kept.
    private static long Give(in HypercallCaller caller, long port, uint offset)
    {
        if (port < 0)
        {
            return port;
        }

        if (caller.TryWriteU32(caller.Second + offset, (uint)port))
        {
            return 0;
        }

        caller.Xen.Channels.TryClose((uint)port);
        return XenError.BadAddress;
    }

    private static long CloseAll(EventChannels channels)
    {
        channels.CloseAll();
        return 0;
    }

    // evtchn_status: dom, port, status, vcpu, and a domain, a domain and its port, or a VIRQ.
    private static long Tell(in HypercallCaller caller, uint port)
    {
        EventChannels channels = caller.Xen.Channels;
        if (port == 0 || port >= (uint)channels.Capacity)
        {
            return XenError.Invalid;
        }

        PortBinding binding = channels.BindingOf(port);
        Span<byte> answer = caller.Xen.Scratch(StatusSize);
        answer.Slice(8).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(answer.Slice(8), (uint)binding.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.Slice(12), (uint)channels.ProcessorOf(port));
        switch (binding.Kind)
        {
            case PortKind.Unbound:
                BinaryPrimitives.WriteUInt16LittleEndian(answer.Slice(16), (ushort)binding.Domid);
                break;
            case PortKind.Interdomain:
                BinaryPrimitives.WriteUInt16LittleEndian(answer.Slice(16), (ushort)binding.Domid);
                BinaryPrimitives.WriteUInt32LittleEndian(answer.Slice(20), (uint)binding.Port);
                break;
            case PortKind.Virq:
                BinaryPrimitives.WriteUInt32LittleEndian(answer.Slice(16), (uint)binding.Port);
                break;
            default:
                break;
        }

        return caller.TryWrite(caller.Second + 8, answer.Slice(8)) ? 0 : XenError.BadAddress;
    }
}
