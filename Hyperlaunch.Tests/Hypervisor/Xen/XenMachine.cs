using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

/// <summary>A domain with Xen's interface beside the KVM clock, and what its kernel does with it: paging is off.</summary>
internal sealed class XenMachine : IDisposable
{
    /// <summary>Where a call's argument lies.</summary>
    public const ulong Argument = 0x10_0000;

    /// <summary>The frame at which the shared page is shown.</summary>
    public const ulong SharedFrame = 0x123;

    /// <summary>How many pages of others' it can have mapped.</summary>
    public const int Mappings = 40;

    private const uint AmdName = 0x6874_7541;

    private readonly bool _isLong;

    public XenMachine(
        int cpus = 1,
        bool isLong = true,
        bool isAmd = true,
        XenHost? host = null,
        int domid = TestMachine.Domid,
        bool keepsServices = false)
    {
        FakeHostProcessor processor = new();
        processor.Set(0, 0, 0xD, isAmd ? AmdName : 0x756E_6547, 0, 0);
        Xen = new XenInterface(host ?? new XenHost(1), Clock, processor, cpus, Mappings, Console.Ring, false);
        Test = new TestMachine(cpus, 8, Clock, [new KvmClock(Clock, cpus), Xen], domid);
        _isLong = isLong;
        for (int i = 0; i < cpus; i++)
        {
            LoadState(i);
        }

        if (!keepsServices)
        {
            Xen.Channels.CloseAll();
        }
    }

    /// <summary>Whether its kernel is one of 64 bits.</summary>
    public bool IsLong => _isLong;

    /// <summary>Puts a processor into the state in which a kernel makes its calls.</summary>
    public void LoadState(int cpu)
    {
        FakeVirtualProcessor guest = Test.Processors[cpu];
        guest.Cr0 |= ControlBits.Cr0ProtectionEnable;
        guest.Efer = _isLong ? ControlBits.EferLongModeActive : 0;
        guest.SetSegment(SegmentRegister.Cs, new SegmentState(8, (ushort)(_isLong ? 0x29B : 0xC9B), uint.MaxValue, 0));
    }

    /// <summary>Shows what the guest writes.</summary>
    public DomainConsole Console { get; } = new("");

    public FakeClock Clock { get; } = new() { Nanoseconds = 2_500_000_000 };

    public XenInterface Xen { get; }

    public TestMachine Test { get; }

    public void Dispose() => Test.Dispose();

    /// <summary>Makes a hypercall with an argument in memory, where there is one.</summary>
    public long Call(uint number, ulong operation, byte[]? argument = null, int cpu = 0, ulong? vcpu = null)
    {
        if (argument is not null)
        {
            Write(Argument, argument);
        }

        return vcpu is null
            ? CallWith(cpu, number, operation, Argument, 0)
            : CallWith(cpu, number, operation, vcpu.Value, Argument);
    }

    public long CallWith(int cpu, uint number, ulong first, ulong second, ulong third)
    {
        Load(cpu, number, first, second, third);
        Test.Machine.Interfaces.TryHypercall(Test.Machine.Cpu(cpu));
        ulong result = Test.Processors[cpu].GetRegister(GuestRegister.Rax);
        return Test.Processors[cpu].Efer == 0 ? (int)result : (long)result;
    }

    public void Load(int cpu, uint number, ulong first, ulong second, ulong third)
    {
        FakeVirtualProcessor processor = Test.Processors[cpu];
        bool isLong = processor.Efer != 0;
        processor.SetRegister(GuestRegister.Rax, number);
        processor.SetRegister(isLong ? GuestRegister.Rdi : GuestRegister.Rbx, first);
        processor.SetRegister(isLong ? GuestRegister.Rsi : GuestRegister.Rcx, second);
        processor.SetRegister(GuestRegister.Rdx, third);
    }

    /// <summary>An event channel operation on 32-bit words; the answer is the one at the end.</summary>
    public long Channel(ulong operation, params uint[] words) => Call(32, operation, Words(words));

    public uint Answer(int word) => BinaryPrimitives.ReadUInt32LittleEndian(Read(Argument + (uint)(word * 4), 4));

    public static byte[] Words(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * 4];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        }

        return bytes;
    }

    public void Write(ulong address, byte[] bytes) => Test.Machine.Memory.TryWrite(new(address), bytes);

    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Test.Machine.Memory.TryRead(new(address), bytes);
        return bytes;
    }

    /// <summary>Lets a processor look at what is due, as before each entry.</summary>
    public void Prepare(int cpu = 0) => Test.Machine.Cpu(cpu).Prepare(Clock.Nanoseconds);

    public byte[] Shared(int offset, int length) => Xen.Shared.Bytes.Slice(offset, length).ToArray();

    /// <summary>Whether a channel's bit of evtchn_pending is set.</summary>
    public bool IsPending(uint port) => Xen.Channels.IsPending(port);

    /// <summary>Binds the timer's VIRQ of a processor.</summary>
    public uint BindTimer(uint cpu)
    {
        Channel(1, 0, cpu, 0);
        return Answer(2);
    }
}
