using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

/// <summary>
/// Two domains that make random hypercalls, most of them nearly right, over memory that they change at random, and that end and
/// begin again. After each call what must hold is looked at.
/// </summary>
internal sealed unsafe class HypercallFuzz : IDisposable
{
    private static readonly uint[] s_calls = [12, 15, 17, 20, 20, 20, 24, 29, 32, 32, 32, 34];

    private readonly Random _random;
    private readonly GrantPair _pair;

    public HypercallFuzz(int seed)
    {
        _random = new Random(seed);
        _pair = new GrantPair(cpus: 2, isLong: seed % 3 != 0);
    }

    /// <summary>After how many steps a domain had pages of the other's mapped.</summary>
    public int StepsWithMappings { get; private set; }

    public void Dispose() => _pair.Dispose();

    /// <summary>Does so many steps.</summary>
    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            XenMachine machine = _random.Next(2) == 0 ? _pair.Granter : _pair.Mapper;
            switch (_random.Next(16))
            {
                case 0:
                    Scribble(machine);
                    break;
                case 1:
                    Grant(machine, machine == _pair.Granter ? GrantPair.MapperId : GrantPair.GranterId);
                    break;
                case 2 when _random.Next(64) == 0:
                    LiveAgain(machine);
                    break;
                case 3:
                    machine.Clock.Nanoseconds += (ulong)_random.Next(1_000_000);
                    machine.Prepare(_random.Next(2));
                    break;
                case 4 or 5 or 6:
                    Map(machine, machine == _pair.Granter ? GrantPair.MapperId : GrantPair.GranterId);
                    break;
                case 7 or 8:
                    Unmap(machine);
                    break;
                case 9:
                    Copy(machine, machine == _pair.Granter ? GrantPair.MapperId : GrantPair.GranterId);
                    break;
                default:
                    Call(machine);
                    break;
            }

            if (!machine.Test.Machine.IsRunning)
            {
                LiveAgain(machine);
            }

            Check();
        }
    }

    private void Call(XenMachine machine)
    {
        byte[] argument = new byte[64];
        for (int i = 0; i < 16; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(i * 4), Word());
        }

        int cpu = _random.Next(2);
        machine.Write(XenMachine.Argument, argument);
        ulong place = _random.Next(16) == 0 ? Number() : XenMachine.Argument;
        ulong first = _random.Next(16) == 0 ? Number() : (ulong)_random.Next(14);
        ulong second = _random.Next(4) == 0 ? (ulong)_random.Next(3) : place;
        ulong third = _random.Next(3) switch { 0 => place, 1 => (ulong)_random.Next(40), _ => Number() };
        machine.CallWith(cpu, s_calls[_random.Next(s_calls.Length)], first, second, third);
        if (machine.Test.Machine.Cpu(cpu).State == VirtualCpuState.Halted)
        {
            machine.Clock.Nanoseconds += 1_000_000_000;
            machine.Prepare(cpu);
        }
    }

    // Lists of right operations, with now and then a wrong word in them.
    private void Map(XenMachine machine, uint domid) => List(machine, 0, 32, operation =>
    {
        BinaryPrimitives.WriteUInt64LittleEndian(operation, GrantPair.Place + ((ulong)_random.Next(24) << 12));
        BinaryPrimitives.WriteUInt32LittleEndian(operation.AsSpan(8), _random.Next(3) == 0 ? 6u : 2u);
        BinaryPrimitives.WriteUInt32LittleEndian(operation.AsSpan(12), (uint)_random.Next(12));
        BinaryPrimitives.WriteUInt16LittleEndian(operation.AsSpan(16), (ushort)domid);
    });

    private void Unmap(XenMachine machine) => List(machine, 1, 24, operation =>
    {
        int handle = _random.Next(machine.Xen.Mappings.Capacity);
        BinaryPrimitives.WriteUInt64LittleEndian(operation, machine.Xen.Mappings[handle].Address.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(operation.AsSpan(16), (uint)handle);
    });

    private void Copy(XenMachine machine, uint domid) => List(machine, 5, _pair.Granter.IsLong ? 40 : 24, operation =>
    {
        int word = _pair.Granter.IsLong ? 8 : 4;
        int rest = word == 8 ? 32 : 16;
        for (int end = 0; end < rest; end += rest / 2)
        {
            bool isGrant = _random.Next(2) == 0;
            BinaryPrimitives.WriteUInt32LittleEndian(operation.AsSpan(end), isGrant ? (uint)_random.Next(12) : 0x300u);
            BinaryPrimitives.WriteUInt16LittleEndian(operation.AsSpan(end + word), (ushort)(isGrant ? domid : 0x7FF0));
            BinaryPrimitives.WriteUInt16LittleEndian(operation.AsSpan(end + word + 2), (ushort)_random.Next(2048));
            operation[rest + 2] |= (byte)(isGrant ? end == 0 ? 1 : 2 : 0);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(operation.AsSpan(rest), (ushort)_random.Next(2048));
    });

    private void List(XenMachine machine, ulong operation, int size, Action<byte[]> fill)
    {
        int count = 1 + _random.Next(_random.Next(8) == 0 ? GrantCall.Part + 4 : 3);
        byte[] list = new byte[size * count];
        for (int i = 0; i < count; i++)
        {
            byte[] one = new byte[size];
            fill(one);
            if (_random.Next(16) == 0)
            {
                one[_random.Next(size)] = (byte)_random.Next(256);
            }

            one.CopyTo(list, i * size);
        }

        machine.Write(XenMachine.Argument, list);
        machine.CallWith(_random.Next(2), 20, operation, XenMachine.Argument, (ulong)count);
    }

    // A word that means something often: a domain, a reference or handle, a place, flags.
    private uint Word() => _random.Next(10) switch
    {
        0 => 0x7FF0,
        1 => GrantPair.GranterId,
        2 => GrantPair.MapperId,
        3 => 0x1000_0000 + ((uint)_random.Next(8) << 12),
        4 => 0x20_0000 + ((uint)_random.Next(8) << 12),
        5 => (uint)_random.Next(4) << 16 | (uint)_random.Next(20),
        6 => uint.MaxValue,
        7 => (uint)_random.Next(),
        _ => (uint)_random.Next(12),
    };

    private ulong Number() => _random.Next(4) switch
    {
        0 => ulong.MaxValue - (ulong)_random.Next(64),
        1 => (ulong)_random.NextInt64(),
        2 => (8ul << 20) - (ulong)_random.Next(64),
        _ => 1ul << _random.Next(64),
    };

    private void Scribble(XenMachine machine)
    {
        byte* page = machine.Test.Machine.Memory.SharedPage(_random.Next(6));
        page[_random.Next(4096)] = (byte)_random.Next(256);
    }

    private void Grant(XenMachine machine, uint domid)
    {
        int* entry = (int*)machine.Test.Machine.Memory.SharedPage(SharedPageIndex.Grants) + (2 * _random.Next(12));
        entry[1] = _random.Next(8) == 0 ? _random.Next() : 0x200 + _random.Next(4);
        entry[0] = _random.Next(8) | (int)(domid << 16);
    }

    private static void LiveAgain(XenMachine machine)
    {
        VirtualMachine virtualMachine = machine.Test.Machine;
        virtualMachine.Destroy();
        virtualMachine.Release();
        virtualMachine.Memory.Reset();
        virtualMachine.Reset(2);
        virtualMachine.Start(default);
        virtualMachine.Unpause();
        for (int i = 0; i < 2; i++)
        {
            virtualMachine.Cpu(i).Prepare(machine.Clock.Nanoseconds);
            machine.LoadState(i);
        }
    }

    // Whatever is mapped of another's memory is in use there, and in this life of it; and nothing else is in use.
    private void Check()
    {
        foreach (XenMachine machine in new[] { _pair.Granter, _pair.Mapper })
        {
            ForeignMappings mappings = machine.Xen.Mappings;
            int count = 0;
            for (int i = 0; i < mappings.Capacity; i++)
            {
                ForeignMapping mapping = mappings[i];
                count += mapping.State == ForeignMappingState.Free ? 0 : 1;
                bool isHalfway = mapping.State is ForeignMappingState.Pending or ForeignMappingState.Ending;
                Require(!isHalfway, "A mapping is left halfway.");
                if (mapping.State == ForeignMappingState.Mapped)
                {
                    GrantTable grants = _pair.Host.Domains.Find(mapping.Granter)!.Grants;
                    Require(grants.Life == mapping.Life && grants.InUse > 0, "A page is mapped that its owner has back.");
                    StepsWithMappings++;
                }
            }

            Require(count == mappings.Count, "Mappings are counted wrong.");
            Require(machine.Test.Machine.Memory.Tables!.FreeTables >= 0, "More tables than there are.");
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
