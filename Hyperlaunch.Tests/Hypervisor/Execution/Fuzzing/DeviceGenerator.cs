using System.Collections.Generic;
using Hyperlaunch.Machine.X86;
using static Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing.DeviceAccess;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>Accesses to the platform's devices, one by one and in the order in which drivers make them.</summary>
internal sealed class DeviceGenerator(FuzzRandom random, FakeClock clock)
{
    private const uint LocalApic = 0xFEE0_0000;
    private const uint IoApic = 0xFEC0_0000;
    private const uint KvmWallClock = 0x4B56_4D00;
    private const uint KvmSystemTime = 0x4B56_4D01;

    private static readonly int[] s_ports =
    [
        0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x60, 0x70, 0x71, 0x600, 0x601, 0x602, 0x603, 0x608,
        0x60A, 0xCF8, 0xCFA, 0xCFC, 0xCFE, 0x80, 0xFFFF, 0xFFFE,
    ];

    // These end the domain when the value asks for it.
    private static readonly int[] s_powerPorts = [0x64, 0x92, 0x604, 0x605, 0xCF9];

    private static readonly uint[] s_registers =
    [
        0x20, 0x30, 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0, 0xF0, 0x100, 0x180, 0x200, 0x270, 0x280, 0x300, 0x310, 0x320, 0x330,
        0x340, 0x350, 0x360, 0x370, 0x380, 0x390, 0x3E0, 0x3F0, 0x2F0,
    ];

    private static readonly uint[] s_msrs =
    [
        Msr.TimeStampCounter, Msr.ApicBase, Msr.TscDeadline, Msr.Efer, Msr.FeatureControl, Msr.MiscEnable, Msr.PlatformId,
        Msr.PatchLevel, Msr.HardwareConfiguration, Msr.NorthbridgeConfiguration, Msr.InterruptPending, Msr.DecoderConfiguration,
        Msr.Pat, Msr.Star, Msr.TscAux, KvmWallClock, KvmSystemTime, FuzzInterface.Register, 0x1B0,
    ];

    public DeviceAccess Any() => random.Below(3) switch { 0 => Port(), 1 => Register(), _ => Memory() };

    public DeviceAccess Port()
    {
        int port = random.Below(32) switch
        {
            0 => random.Below(0x10000),
            1 => random.Of<int>(s_powerPorts),
            < 8 => 0x3F8 + random.Below(8),
            < 12 => 0x2F8 + random.Below(8),
            _ => random.Of<int>(s_ports),
        };
        int size = random.OneIn(4) ? 1 << random.Below(3) : 1;
        return random.OneIn(3) ? In(port, size) : Out(port, random.OneIn(2) ? random.Next() : random.Number(), size);
    }

    public DeviceAccess Register()
    {
        uint index = random.Below(8) switch
        {
            0 => random.Next32(),
            < 4 => 0x800 + (random.OneIn(4) ? (uint)random.Below(0x100) : random.Of<uint>(s_registers) >> 4),
            _ => random.Of<uint>(s_msrs),
        };
        return random.OneIn(3) ? Rdmsr(index) : Wrmsr(index, RegisterValue(index));
    }

    public DeviceAccess Memory()
    {
        uint address = random.Below(4) switch
        {
            0 => IoApic + (random.OneIn(8) ? (uint)random.Below(0x1000) : (uint)random.Below(5) << 4),
            1 => LocalApic + (uint)random.Below(0x1000),
            _ => LocalApic + random.Of<uint>(s_registers),
        };
        return random.OneIn(3) ? Load(address) : Store(address, ApicValue(address & 0xFFF));
    }

    /// <summary>Adds a driver's accesses.</summary>
    public void Write(Queue<DeviceAccess> program)
    {
        switch (random.Below(9))
        {
            case 0:
                StartPic(program);
                break;
            case 1:
                ProgramTimer(program);
                break;
            case 2:
                ProgramClock(program);
                break;
            case 3:
                ProgramSerial(program);
                break;
            case 4:
                ProgramIoApic(program);
                break;
            case 5:
                ProgramLocalApic(program);
                break;
            case 6:
                EnterX2Apic(program);
                break;
            case 7:
                StartProcessor(program);
                break;
            default:
                ProgramPower(program);
                break;
        }
    }

    private void StartPic(Queue<DeviceAccess> program)
    {
        int port = random.OneIn(2) ? 0x20 : 0xA0;
        program.Enqueue(Out(port, 0x10u | (random.Under(16) & ~(random.OneIn(4) ? 0u : 2u))));
        program.Enqueue(Out(port + 1, random.Under(256)));
        program.Enqueue(Out(port + 1, random.OneIn(2) ? 4u : 2u));
        program.Enqueue(Out(port + 1, random.OneIn(2) ? 1u : random.Under(32)));
        program.Enqueue(Out(port + 1, random.OneIn(2) ? 0 : random.Under(256)));
        for (int i = random.Below(4); i > 0; i--)
        {
            program.Enqueue(Out(port, random.OneIn(2) ? 0x20u | random.Under(8) << 5 | random.Under(8)
                : 8 | random.Under(128)));
            program.Enqueue(In(port + random.Below(2)));
        }
    }

    private void ProgramTimer(Queue<DeviceAccess> program)
    {
        int channel = random.Below(3);
        program.Enqueue(Out(0x43, (ulong)channel << 6 | random.Under(64)));
        program.Enqueue(Out(0x40 + channel, random.OneIn(4) ? 0 : random.Next()));
        program.Enqueue(Out(0x40 + channel, random.OneIn(4) ? 0 : random.Next()));
        program.Enqueue(Out(0x61, random.Under(4)));
        program.Enqueue(Out(0x43, 0xC0u | random.Under(64)));
        program.Enqueue(In(0x40 + channel));
        program.Enqueue(In(0x40 + channel));
        program.Enqueue(In(0x61));
    }

    private void ProgramClock(Queue<DeviceAccess> program)
    {
        for (int i = 1 + random.Below(4); i > 0; i--)
        {
            int index = random.OneIn(4) ? random.Below(128) : random.Below(14);
            program.Enqueue(Out(0x70, (uint)index | (random.OneIn(8) ? 0x80u : 0)));
            program.Enqueue(random.OneIn(3) ? In(0x71) : Out(0x71, index == 10 && random.OneIn(2)
                ? 0x20u | random.Under(16) : random.Next() & 0xFF));
        }

        program.Enqueue(Out(0x70, 12));
        program.Enqueue(In(0x71));
    }

    private void ProgramSerial(Queue<DeviceAccess> program)
    {
        int port = random.OneIn(2) ? 0x3F8 : 0x2F8;
        program.Enqueue(Out(port + 3, random.OneIn(2) ? 0x80 : random.Next()));
        program.Enqueue(Out(port, random.Under(4)));
        program.Enqueue(Out(port + 1, 0));
        program.Enqueue(Out(port + 3, random.Under(128)));
        program.Enqueue(Out(port + 2, random.Next()));
        program.Enqueue(Out(port + 1, random.Under(16)));
        program.Enqueue(Out(port + 4, random.Under(32)));
        for (int i = random.Below(20); i > 0; i--)
        {
            program.Enqueue(random.OneIn(2) ? Out(port, random.Next()) : In(port + random.Below(8)));
        }
    }

    private void ProgramIoApic(Queue<DeviceAccess> program)
    {
        for (int i = 1 + random.Below(4); i > 0; i--)
        {
            uint index = random.OneIn(4) ? (uint)random.Below(256) : 0x10 + (uint)random.Below(48);
            program.Enqueue(Store(IoApic, index));
            ulong entry = random.Under(0x100) | random.Under(8) << 8 | (random.Next() & 0x1_A800);
            program.Enqueue(random.OneIn(4) ? Load(IoApic + 0x10)
                : Store(IoApic + 0x10, (index & 1) == 0 ? entry : random.Under(5) << 24));
        }

        program.Enqueue(Store(IoApic + 0x40, random.Under(256)));
    }

    private void ProgramLocalApic(Queue<DeviceAccess> program)
    {
        program.Enqueue(Wrmsr(Msr.ApicBase, LocalApic | 0x900));
        program.Enqueue(Store(LocalApic + 0xF0, 0x100u | random.Under(256) | (random.OneIn(4) ? 0x1000u : 0)));
        program.Enqueue(Store(LocalApic + 0x3E0, random.Under(16)));
        program.Enqueue(Store(LocalApic + 0x320, random.Under(256) | random.Under(4) << 17
            | (random.OneIn(4) ? 0x1_0000u : 0)));
        program.Enqueue(random.OneIn(3)
            ? Wrmsr(Msr.TscDeadline, clock.TimeStamp + (random.OneIn(2) ? random.Under(1 << 20) : random.Number()))
            : Store(LocalApic + 0x380, random.OneIn(2) ? random.Next32() : random.Under(1 << 20)));
        program.Enqueue(Store(LocalApic + 0x300, random.Under(256) | random.Under(4) << 18
            | random.Under(8) << 8 | (random.OneIn(2) ? 0x4000u : 0)));
        program.Enqueue(Load(LocalApic + 0x390));
        program.Enqueue(Store(LocalApic + 0xB0, 0));
    }

    private void EnterX2Apic(Queue<DeviceAccess> program)
    {
        program.Enqueue(Wrmsr(Msr.ApicBase, LocalApic | 0xC00 | (random.OneIn(2) ? 0x100u : 0)));
        for (int i = random.Below(6); i > 0; i--)
        {
            uint register = random.Of<uint>(s_registers);
            uint index = 0x800 + (register >> 4);
            program.Enqueue(random.OneIn(3) ? Rdmsr(index) : Wrmsr(index, ApicValue(register)));
        }
    }

    private void StartProcessor(Queue<DeviceAccess> program)
    {
        ulong target = random.Under(4);
        bool isX2 = random.OneIn(2);
        if (isX2)
        {
            program.Enqueue(Wrmsr(Msr.ApicBase, LocalApic | 0xD00));
        }

        foreach (ulong command in (ulong[])[0x4500, 0x600u | random.Under(256), random.Under(8) << 8 | 0x40])
        {
            ulong low = command | (random.OneIn(4) ? random.Under(4) : 0) << 18 | (random.OneIn(8) ? 0x800u : 0);
            if (isX2)
            {
                program.Enqueue(Wrmsr(0x830, low | target << 32));
                continue;
            }

            program.Enqueue(Store(LocalApic + 0x310, target << 24));
            program.Enqueue(Store(LocalApic + 0x300, low));
        }
    }

    private void ProgramPower(Queue<DeviceAccess> program)
    {
        program.Enqueue(Out(0x602, random.Next() & 0xFFFF, 2));
        program.Enqueue(Out(0x604, random.Next() & (random.OneIn(16) ? 0xFFFFu : 0x1FFF), 2));
        program.Enqueue(In(0x608, 4));
        program.Enqueue(In(0x600, 2));
        program.Enqueue(Out(0x600, random.Next() & 0xFFFF, 2));
        program.Enqueue(Out(0xCF8, 0x8000_0000 | random.Next32(), 4));
        program.Enqueue(random.OneIn(2) ? In(0xCFC, 1 << random.Below(3)) : Out(0xCFC, random.Next(), 1 << random.Below(3)));
    }

    private ulong RegisterValue(uint index) => index switch
    {
        Msr.ApicBase => LocalApic | (random.Under(16) << 8) | (random.OneIn(16) ? random.Number() : 0),
        Msr.TscDeadline => clock.TimeStamp + random.Number(),
        KvmSystemTime or KvmWallClock => random.Under((int)FuzzMemory.DomainSize + 64) & ~(random.OneIn(4) ? 0UL : 3UL)
            | (random.OneIn(4) ? 0u : 1u),
        Msr.Efer => random.Next() & (random.OneIn(4) ? ulong.MaxValue : 0xD01),
        >= 0x800 and < 0x900 => ApicValue((index - 0x800) << 4),
        _ => random.Number(),
    };

    private ulong ApicValue(uint register) => register switch
    {
        0xF0 => random.Under(0x2000),
        0xB0 => 0,
        0x300 => random.Under(256) | random.Under(16) << 8 | random.Under(4) << 18
            | random.Under(2) << 14 | random.Under(4) << 32,
        0x310 => random.Under(16) << 24,
        >= 0x320 and < 0x380 => random.Under(0x100) | random.Under(8) << 8 | random.Under(16) << 15,
        0x80 => random.Under(256),
        _ => random.Number(),
    };
}
