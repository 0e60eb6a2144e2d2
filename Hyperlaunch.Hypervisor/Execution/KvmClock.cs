using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// Of KVM's interface the clock, which stock kernels look for (Linux Documentation/virt/kvm/x86/msr.rst, cpuid.rst,
/// hypercalls.rst). The record of a processor is written when it is enabled, and again when a processor sets its time-stamp
/// counter.
/// </summary>
internal sealed class KvmClock : IGuestInterface
{
    /// <summary>MSR_KVM_WALL_CLOCK_NEW: the address that receives the time of day at which the domain's time was 0.</summary>
    public const uint WallClockMsr = 0x4B56_4D00;

    /// <summary>MSR_KVM_SYSTEM_TIME_NEW: the address of this processor's record, bit 0 enables it.</summary>
    public const uint SystemTimeMsr = 0x4B56_4D01;

    private const ulong Enabled = 1;
    private const ulong Alignment = 3;

    private const uint FeatureLeaf = 0x01;
    private const uint FrequencyLeaf = 0x10;

    // EAX of the feature leaf: no delay after port I/O, the two MSRs above, and that the clock is the same on all processors,
    // which it is where the machine's counters are.
    private const uint Features = (1u << 1) | (1u << 3);
    private const uint FeatureStable = 1u << 24;

    /// <summary>The answer to a hypercall that does not exist: -KVM_ENOSYS.</summary>
    private const ulong NoSuchCall = unchecked((ulong)-1000L);

    private readonly ParavirtualClock _clock;
    private readonly uint _timeStampKilohertz;
    private readonly uint _features;
    private readonly ulong[] _systemTime;
    private ulong _wallClock;

    /// <summary>Makes the interface for a domain.</summary>
    /// <param name="clock">The machine's time.</param>
    /// <param name="capacity">The most processors the domain can have.</param>
    public KvmClock(IClock clock, int capacity)
    {
        _clock = new ParavirtualClock(clock);
        _timeStampKilohertz = (uint)clock.TimeStampKilohertz;
        _features = Features | (clock.IsStable ? FeatureStable : 0);
        _systemTime = new ulong[capacity];
    }

    /// <inheritdoc/>
    /// <remarks>A kernel that shuts down or restarts in order takes its first processor's clock back first; one that restarts in
    /// an emergency, after a panic, does not (Linux: machine_ops.shutdown against emergency_restart).</remarks>
    public bool IsInUse => (_systemTime[0] & Enabled) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        for (int i = 0; i < _systemTime.Length; i++)
        {
            _systemTime[i] = 0;
        }

        _wallClock = 0;
        _clock.Reset();
    }

    /// <inheritdoc/>
    public bool TryCpuid(VirtualCpu cpu, uint firstLeaf, uint offset, uint subleaf, out CpuidResult result)
    {
        result = offset switch
        {
            // "KVMKVMKVM"
            0 => new CpuidResult { Eax = firstLeaf + FrequencyLeaf, Ebx = 0x4B4D_564B, Ecx = 0x564B_4D56, Edx = 0x4D },
            FeatureLeaf => new CpuidResult { Eax = _features },
            FrequencyLeaf => new CpuidResult { Eax = _timeStampKilohertz, Ebx = PlatformLayout.ApicTimerHertz / 1000 },
            _ => default,
        };
        return offset is 0 or FeatureLeaf or FrequencyLeaf;
    }

    /// <inheritdoc/>
    public bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value)
    {
        value = index == SystemTimeMsr ? _systemTime[cpu.Index] : _wallClock;
        return index is SystemTimeMsr or WallClockMsr;
    }

    /// <inheritdoc/>
    /// <remarks>A record that is not aligned to 4 bytes or no memory of the guest is not taken.</remarks>
    public bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value)
    {
        if (index != SystemTimeMsr && index != WallClockMsr)
        {
            return false;
        }

        SpinGate gate = cpu.Machine.Gate;
        gate.Enter();
        bool taken = index == SystemTimeMsr ? TryWriteSystemTime(cpu, value) : TryWriteWallClock(cpu.Machine.Memory, value);
        gate.Exit();
        return taken;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// None is offered beyond the answer that there is none; outside privilege level 0 there is no such instruction.
    /// </remarks>
    public bool TryHypercall(VirtualCpu cpu)
    {
        if (cpu.Processor.PrivilegeLevel != 0)
        {
            return false;
        }

        cpu.Processor.SetRegister(GuestRegister.Rax, NoSuchCall);
        return true;
    }

    /// <inheritdoc/>
    public unsafe void OnTimeStampSet(VirtualCpu cpu)
    {
        VirtualMachine machine = cpu.Machine;
        bool isSame = CountersAgree(machine);
        TimeRecord record = default;
        Span<byte> bytes = new(&record, sizeof(TimeRecord));
        for (int i = 0; i < _systemTime.Length; i++)
        {
            if ((_systemTime[i] & Enabled) == 0)
            {
                continue;
            }

            // Another processor may read it meanwhile: an odd version says that it changes.
            ulong address = _systemTime[i] & ~Enabled;
            _clock.Fill(ref record, OffsetOf(machine, i), isSame);
            record.Version--;
            machine.Memory.TryWrite(new GuestAddress(address), bytes);
            record.Version++;
            machine.Memory.TryWrite(new GuestAddress(address), bytes.Slice(0, sizeof(uint)));
        }
    }

    private unsafe bool TryWriteSystemTime(VirtualCpu cpu, ulong value)
    {
        if ((value & Enabled) != 0)
        {
            VirtualMachine machine = cpu.Machine;
            ulong address = value & ~Enabled;
            TimeRecord record = default;
            _clock.Fill(ref record, OffsetOf(machine, cpu.Index), CountersAgree(machine));
            ReadOnlySpan<byte> bytes = new(&record, sizeof(TimeRecord));
            if ((address & Alignment) != 0 || !machine.Memory.TryWrite(new GuestAddress(address), bytes))
            {
                return false;
            }
        }

        _systemTime[cpu.Index] = value;
        return true;
    }

    private unsafe bool TryWriteWallClock(GuestMemory memory, ulong value)
    {
        WallClockRecord record = default;
        _clock.Fill(ref record);
        if ((value & Alignment) != 0
            || !memory.TryWrite(new GuestAddress(value), new ReadOnlySpan<byte>(&record, sizeof(WallClockRecord))))
        {
            return false;
        }

        _wallClock = value;
        return true;
    }

    private static ulong OffsetOf(VirtualMachine machine, int cpu) => machine.Platform.LocalApic(cpu).TimeStampOffset;

    private static bool CountersAgree(VirtualMachine machine)
    {
        bool agree = true;
        for (int i = 1; i < machine.Capacity; i++)
        {
            agree &= OffsetOf(machine, i) == OffsetOf(machine, 0);
        }

        return agree;
    }
}
