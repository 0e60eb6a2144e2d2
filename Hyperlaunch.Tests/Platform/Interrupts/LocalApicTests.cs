using System;
using System.Linq;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Interrupts;

/// <summary>Registers, modes, priorities and errors of one local APIC; the timer and the bus have tests of their own.</summary>
public sealed class LocalApicTests
{
    private const ulong Base = 0xFEE0_0000;

    private readonly FakeClock _clock = new();
    private readonly RecordingSignals _signals = new();
    private readonly FakeTaskPriority[] _processors = FakeTaskPriority.Several(4);
    private readonly ApicBus _bus;
    private readonly LocalApic _apic;

    public LocalApicTests()
    {
        _bus = new ApicBus(_clock, _signals, _processors);
        _bus.Reset(4);
        _apic = _bus[0];
    }

    [Theory]
    [InlineData("ID", 0x0000_0000u)]
    [InlineData("version", 0x0005_0014u)]
    [InlineData("task priority", 0u)]
    [InlineData("arbitration priority", 0u)]
    [InlineData("processor priority", 0u)]
    [InlineData("logical destination", 0u)]
    [InlineData("destination format", 0xFFFF_FFFFu)]
    [InlineData("spurious interrupt", 0x0000_00FFu)]
    [InlineData("in service", 0u)]
    [InlineData("level-triggered", 0u)]
    [InlineData("requested", 0u)]
    [InlineData("error status", 0u)]
    [InlineData("command", 0u)]
    [InlineData("command, upper half", 0u)]
    [InlineData("timer", 0x0001_0000u)]
    [InlineData("thermal sensor", 0x0001_0000u)]
    [InlineData("performance counters", 0x0001_0000u)]
    [InlineData("LINT0", 0x0001_0000u)]
    [InlineData("LINT1", 0x0001_0000u)]
    [InlineData("error", 0x0001_0000u)]
    [InlineData("initial count", 0u)]
    [InlineData("current count", 0u)]
    [InlineData("divide", 0u)]
    public void Registers_after_power_on(string register, uint expected)
        => Assert.Equal(expected, Read(ApicRegister.Offset(register)));

    [Fact]
    public void Processors_have_their_number_as_id_and_the_first_is_the_boot_processor()
    {
        Assert.Equal(0xFEE0_0900UL, _bus[0].BaseRegister);
        Assert.Equal(0xFEE0_0800UL, _bus[3].BaseRegister);
        Assert.Equal(3u << 24, (uint)_bus[3].ReadMemory(0x20, 4));
    }

    [Theory]
    [InlineData("task priority", 0x0000_00FFu)]
    [InlineData("logical destination", 0xFF00_0000u)]
    [InlineData("spurious interrupt", 0x0000_03FFu)]
    [InlineData("command, upper half", 0xFF00_0000u)]
    [InlineData("timer", 0x0007_00FFu)]
    [InlineData("thermal sensor", 0x0001_07FFu)]
    [InlineData("performance counters", 0x0001_07FFu)]
    [InlineData("LINT0", 0x0001_A7FFu)]
    [InlineData("LINT1", 0x0001_A7FFu)]
    [InlineData("error", 0x0001_00FFu)]
    [InlineData("initial count", 0xFFFF_FFFFu)]
    [InlineData("divide", 0x0000_000Bu)]
    public void Only_the_defined_bits_can_be_written(string register, uint expected)
    {
        int offset = ApicRegister.Offset(register);
        Enable();
        Write(offset, uint.MaxValue);
        uint read = Read(offset);
        if (register == "timer")
        {
            // All ones would be a reserved mode.
            read = (read & ~0x6_0000u) | 0x6_0000u;
        }

        Assert.Equal(expected, read);
    }

    [Theory]
    [InlineData("ID")]
    [InlineData("version")]
    [InlineData("arbitration priority")]
    [InlineData("processor priority")]
    [InlineData("remote read")]
    [InlineData("in service")]
    [InlineData("current count")]
    public void Read_only_registers_ignore_writes(string register)
    {
        int offset = ApicRegister.Offset(register);
        uint before = Read(offset);
        Write(offset, uint.MaxValue);

        Assert.Equal(before, Read(offset));
    }

    [Theory]
    [InlineData("below the ID", 0x000)]
    [InlineData("above the version", 0x040)]
    [InlineData("above the error status", 0x290)]
    [InlineData("corrected machine checks", 0x2F0)]
    [InlineData("above the current count", 0x3A0)]
    [InlineData("self interrupt, which only x2APIC mode has", 0x3F0)]
    public void Registers_that_do_not_exist_are_an_error(string what, int offset)
    {
        Assert.Equal(0u, Read(offset));
        Write(0x280, 0);
        Assert.Equal(0x80u, Read(0x280));
        Write(0x280, 0);
        Assert.Equal(0u, Read(0x280));
        Write(offset, 1);
        Write(0x280, 0);
        Assert.True(Read(0x280) == 0x80, what);
    }

    [Theory]
    [InlineData("the second word of the task priority", 0x084)]
    [InlineData("the second byte of the task priority", 0x081)]
    [InlineData("the first offset above all registers", 0x400)]
    [InlineData("the last one of the page", 0xFF0)]
    public void Accesses_beside_the_registers_do_nothing(string what, int offset)
    {
        Write(0x80, 0x55);
        Write(offset, 0xAA);

        Assert.True(Read(offset) == 0, what);
        Assert.Equal(0x55u, Read(0x80));
    }

    [Fact]
    public void The_destination_format_keeps_its_lower_bits_set()
    {
        Write(0xE0, 0);

        Assert.Equal(0x0FFF_FFFFu, Read(0xE0));
    }

    [Fact]
    public void Disabling_by_software_masks_the_local_vectors()
    {
        Enable();
        Write(0x370, 0x000000FE);
        Assert.Equal(0xFEu, Read(0x370));

        Write(0xF0, 0xFF);

        Assert.Equal(0x0001_00FEu, Read(0x370));
        Write(0x350, 0x700);
        Assert.Equal(0x0001_0700u, Read(0x350));
        Enable();
        Assert.Equal(0x0001_00FEu, Read(0x370));
    }

    [Fact]
    public void A_disabled_local_apic_takes_no_vector()
    {
        _apic.Receive(0x40, false);

        Assert.Equal(0u, Read(0x220));
        Enable();
        _apic.Receive(0x40, false);
        Assert.Equal(1u, Read(0x220));
        Assert.Equal(["int 0"], _signals.Log);
    }

    [Fact]
    public void A_request_is_taken_into_service_and_ended()
    {
        Enable();
        _apic.Receive(0x41, false);

        Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x41, vector);
        _apic.Accept(vector);
        Assert.Equal(0u, Read(0x220));
        Assert.Equal(2u, Read(0x120));
        Assert.Equal(0x40u, Read(0xA0));
        Assert.False(_apic.HasDeliverableInterrupt(out _));
        Write(0xB0, 0);
        Assert.Equal(0u, Read(0x120));
        Assert.Equal(0u, Read(0xA0));
    }

    [Fact]
    public void The_same_vector_waits_once_while_it_is_in_service()
    {
        Enable();
        _apic.Receive(0x41, false);
        _apic.Accept(0x41);
        _signals.Log.Clear();
        _apic.Receive(0x41, false);
        _apic.Receive(0x41, false);

        Assert.Single(_signals.Log);
        Assert.False(_apic.HasDeliverableInterrupt(out _));
        _apic.EndOfInterrupt();
        Assert.True(_apic.HasDeliverableInterrupt(out _));
        _apic.Accept(0x41);
        _apic.EndOfInterrupt();
        Assert.False(_apic.HasDeliverableInterrupt(out _));
    }

    [Theory]
    [InlineData(0x00, 0x10, true)]
    [InlineData(0x0F, 0x10, true)]
    [InlineData(0x10, 0x1F, false)]
    [InlineData(0x1F, 0x20, true)]
    [InlineData(0x40, 0x4F, false)]
    [InlineData(0xE0, 0xF0, true)]
    [InlineData(0xF0, 0xFF, false)]
    public void The_task_priority_holds_its_class_back(uint taskPriority, int vector, bool delivered)
    {
        Enable();
        Write(0x80, taskPriority);
        _apic.Receive((byte)vector, false);

        Assert.Equal(delivered, _apic.HasDeliverableInterrupt(out _));
        Assert.Equal(taskPriority, Read(0xA0));
        Assert.Equal(taskPriority >> 4, _processors[0].Cr8);
    }

    [Fact]
    public void Cr8_is_the_task_prioritys_class()
    {
        _processors[0].Cr8 = 0xA;
        Assert.Equal(0xA0u, Read(0x80));
        Write(0x80, 0x5C);
        Assert.Equal(5, _processors[0].Cr8);
        _processors[0].Cr8 = 5;
        Assert.Equal(0x5Cu, Read(0x80));
    }

    [Fact]
    public void Interrupts_nest_by_class_and_end_from_the_highest()
    {
        Enable();
        _apic.Receive(0x30, false);
        _apic.Accept(0x30);
        _apic.Receive(0x3F, false);
        Assert.False(_apic.HasDeliverableInterrupt(out _));
        _apic.Receive(0x51, false);
        Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x51, vector);
        _apic.Accept(0x51);
        Assert.Equal(0x50u, Read(0xA0));
        _apic.EndOfInterrupt();
        Assert.Equal(0x30u, Read(0xA0));
        _apic.EndOfInterrupt();
        Assert.True(_apic.HasDeliverableInterrupt(out vector));
        Assert.Equal(0x3F, vector);
    }

    [Fact]
    public void The_highest_of_all_vectors_is_found()
    {
        Enable();
        Random random = new(4);
        for (int round = 0; round < 200; round++)
        {
            int[] vectors = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(16, 256)).Distinct()];
            foreach (int vector in vectors)
            {
                _apic.Receive((byte)vector, false);
            }

            foreach (int expected in vectors.OrderDescending())
            {
                Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
                Assert.Equal(expected, vector);
                _apic.Accept(vector);
                _apic.EndOfInterrupt();
            }

            Assert.False(_apic.HasDeliverableInterrupt(out _));
        }
    }

    [Fact]
    public void An_end_without_anything_in_service_is_harmless()
    {
        Enable();
        Write(0xB0, 0);

        Assert.False(_apic.HasDeliverableInterrupt(out _));
    }

    [Fact]
    public void The_trigger_mode_register_follows_the_last_arrival()
    {
        Enable();
        _apic.Receive(0x60, true);
        Assert.Equal(1u, Read(0x1B0));
        _apic.Receive(0x60, false);
        Assert.Equal(0u, Read(0x1B0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void Illegal_vectors_are_errors_that_can_interrupt(int vector)
    {
        Enable();
        Write(0x370, 0xFE);
        _apic.Receive((byte)vector, false);

        Assert.True(_apic.HasDeliverableInterrupt(out byte raised));
        Assert.Equal(0xFE, raised);
        Assert.Equal(0u, Read(0x280));
        Write(0x280, 0);
        Assert.Equal(0x40u, Read(0x280));
    }

    [Fact]
    public void An_illegal_error_vector_does_not_recurse()
    {
        Enable();
        Write(0x370, 0x05);
        _apic.Receive(3, false);
        Write(0x300, 0x0004_4003);

        Write(0x280, 0);
        Assert.Equal(0x60u, Read(0x280));
        Assert.False(_apic.HasDeliverableInterrupt(out _));
    }

    [Theory]
    [InlineData("xapic", "xapic", true)]
    [InlineData("xapic", "x2apic", true)]
    [InlineData("xapic", "off", true)]
    [InlineData("xapic", "invalid", false)]
    [InlineData("x2apic", "x2apic", true)]
    [InlineData("x2apic", "xapic", false)]
    [InlineData("x2apic", "off", true)]
    [InlineData("x2apic", "invalid", false)]
    [InlineData("off", "off", true)]
    [InlineData("off", "xapic", true)]
    [InlineData("off", "x2apic", false)]
    [InlineData("off", "invalid", false)]
    public void Mode_changes(string from, string to, bool legal)
    {
        if (from == "off")
        {
            Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, Mode("off")));
        }
        else if (from == "x2apic")
        {
            Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, Mode("x2apic")));
        }

        Assert.Equal(legal, _apic.TryWriteMsr(LocalApic.BaseMsr, Mode(to)));
        Assert.True(_apic.TryReadMsr(LocalApic.BaseMsr, out ulong value));
        Assert.Equal(Mode(legal ? to : from), value);
    }

    [Theory]
    [InlineData("bit 0", 0xFEE0_0901UL)]
    [InlineData("bit 9", 0xFEE0_0B00UL)]
    [InlineData("another address below 4 GiB", 0xFEE1_0900UL)]
    [InlineData("an address above 4 GiB", 0x1_FEE0_0900UL)]
    [InlineData("bit 63", 0x8000_0000_FEE0_0900UL)]
    public void The_address_stays_and_reserved_bits_fault(string what, ulong value)
        => Assert.False(_apic.TryWriteMsr(LocalApic.BaseMsr, value), what);

    [Fact]
    public void The_boot_flag_cannot_be_changed()
    {
        Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, 0xFEE0_0800));
        Assert.Equal(0xFEE0_0900UL, _apic.BaseRegister);
        Assert.True(_bus[1].TryWriteMsr(LocalApic.BaseMsr, 0xFEE0_0900));
        Assert.Equal(0xFEE0_0800UL, _bus[1].BaseRegister);
    }

    [Fact]
    public void Disabled_it_is_not_there_and_comes_back_as_after_power_on()
    {
        Enable();
        Write(0x80, 0x20);
        Assert.False(_apic.AcceptsExternalInterrupt);
        Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, Mode("off")));

        Assert.True(_apic.AcceptsExternalInterrupt);
        Assert.Equal(ulong.MaxValue, _apic.ReadMemory(0x80, 4));
        Assert.Equal(0, _processors[0].Cr8);
        Write(0x80, 0x30);
        Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, Mode("xapic")));
        Assert.Equal(0u, Read(0x80));
        Assert.Equal(0xFFu, Read(0xF0));
        Assert.False(_apic.AcceptsExternalInterrupt);
    }

    [Fact]
    public void In_x2apic_mode_the_page_is_gone_and_what_was_set_stays()
    {
        Enable();
        Write(0x80, 0x20);
        _apic.Receive(0x77, false);
        Write(0x310, 0x0200_0000);
        EnterX2Apic();

        Assert.Equal(ulong.MaxValue, _apic.ReadMemory(0x80, 4));
        Write(0x80, 0x30);
        Assert.Equal(0x20UL, Msr(0x808));
        Assert.Equal(0x1FFUL, Msr(0x80F));
        Assert.Equal(1UL << 23, Msr(0x823));
        Assert.Equal(0UL, Msr(0x830) >> 32);
    }

    [Fact]
    public void Without_x2apic_mode_its_registers_fault()
    {
        for (uint index = 0x800; index < 0x900; index++)
        {
            Assert.False(_apic.TryReadMsr(index, out _));
            Assert.False(_apic.TryWriteMsr(index, 0));
        }
    }

    [Fact]
    public void In_x2apic_mode_exactly_the_defined_registers_can_be_read()
    {
        EnterX2Apic();
        uint[] readable =
        [
            0x802, 0x803, 0x808, 0x80A, 0x80D, 0x80F,
            .. Enumerable.Range(0x810, 24).Select(i => (uint)i),
            0x828, 0x830, .. Enumerable.Range(0x832, 6).Select(i => (uint)i), 0x838, 0x839, 0x83E,
        ];
        for (uint index = 0x800; index < 0x900; index++)
        {
            Assert.True(readable.Contains(index) == _apic.TryReadMsr(index, out _), $"{index:X}");
        }
    }

    [Fact]
    public void In_x2apic_mode_exactly_the_defined_registers_can_be_written()
    {
        EnterX2Apic();
        uint[] writable =
        [
            0x808, 0x80B, 0x80F, 0x828, 0x830, .. Enumerable.Range(0x832, 6).Select(i => (uint)i), 0x838, 0x83E, 0x83F,
        ];
        for (uint index = 0x800; index < 0x900; index++)
        {
            Assert.True(writable.Contains(index) == _apic.TryWriteMsr(index, 0), $"{index:X}");
        }
    }

    [Theory]
    [InlineData("task priority", 0xFFUL, 0x100UL)]
    [InlineData("end of interrupt", 0UL, 1UL)]
    [InlineData("spurious interrupt", 0x3FFUL, 0x1000UL)]
    [InlineData("error status", 0UL, 1UL)]
    [InlineData("command", 0UL, 0x2000UL)]
    [InlineData("command", 0UL, 0x10_0000UL)]
    [InlineData("timer", 0x7_10FFUL, 0x100UL)]
    [InlineData("LINT0", 0x1_F7FFUL, 0x800UL)]
    [InlineData("error", 0x1_10FFUL, 0x400UL)]
    [InlineData("initial count", 0xFFFF_FFFFUL, 0x1_0000_0000UL)]
    [InlineData("divide", 0xBUL, 4UL)]
    [InlineData("self interrupt", 0xFFUL, 0x100UL)]
    public void In_x2apic_mode_reserved_bits_fault(string register, ulong legal, ulong illegal)
    {
        uint index = ApicRegister.Msr(register);
        EnterX2Apic();

        Assert.True(_apic.TryWriteMsr(index, legal));
        Assert.False(_apic.TryWriteMsr(index, legal | illegal));
        if (register != "command")
        {
            Assert.False(_apic.TryWriteMsr(index, legal | (1UL << 63)));
        }
    }

    [Theory]
    [InlineData(0, 0u, 0x0000_0001u)]
    [InlineData(3, 3u, 0x0000_0008u)]
    [InlineData(15, 15u, 0x0000_8000u)]
    [InlineData(16, 16u, 0x0001_0001u)]
    [InlineData(63, 63u, 0x0003_8000u)]
    public void In_x2apic_mode_the_logical_destination_follows_from_the_id(int index, uint id, uint logical)
    {
        ApicBus bus = new(_clock, _signals, FakeTaskPriority.Several(64));
        bus.Reset(64);
        bus[index].EnterX2ApicMode();

        Assert.True(bus[index].TryReadMsr(0x802, out ulong readId));
        Assert.True(bus[index].TryReadMsr(0x80D, out ulong readLogical));
        Assert.Equal(id, readId);
        Assert.Equal(logical, readLogical);
    }

    [Fact]
    public void A_self_interrupt_needs_a_legal_vector()
    {
        EnterX2Apic();
        Assert.True(_apic.TryWriteMsr(0x80F, 0x1FF));
        Assert.True(_apic.TryWriteMsr(0x83F, 0x99));
        Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x99, vector);
        Assert.True(_apic.TryWriteMsr(0x83F, 0x0F));
        Assert.True(_apic.TryWriteMsr(0x828, 0));
        Assert.Equal(0x20UL, Msr(0x828));
    }

    [Fact]
    public void Init_resets_the_registers_and_keeps_the_mode()
    {
        EnterX2Apic();
        Assert.True(_apic.TryWriteMsr(0x80F, 0x1FF));
        Assert.True(_apic.TryWriteMsr(0x83F, 0x99));
        _apic.Initialize();

        Assert.True(_apic.IsX2Apic);
        Assert.Equal(0xFFUL, Msr(0x80F));
        Assert.False(_apic.HasDeliverableInterrupt(out _));
        _apic.Reset();
        Assert.False(_apic.IsX2Apic);
        Assert.Equal(0xFEE0_0900UL, _apic.BaseRegister);
    }

    [Fact]
    public void Virtual_wire_mode_takes_external_interrupts()
    {
        Assert.False(_apic.AcceptsExternalInterrupt);
        _apic.EnterVirtualWireMode();
        Assert.True(_apic.AcceptsExternalInterrupt);
        Assert.False(_bus[1].AcceptsExternalInterrupt);

        _bus.SetExternalInterrupt(true);
        Assert.Equal(["int 0"], _signals.Log);
        Write(0x350, 0x0001_0700);
        Assert.False(_apic.AcceptsExternalInterrupt);
    }

    [Fact]
    public void Lint0_can_be_a_fixed_edge_an_nmi_or_a_fixed_level()
    {
        Enable();
        Write(0x350, 0x0000_0031);
        _bus.SetExternalInterrupt(true);
        Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x31, vector);
        _apic.Accept(vector);
        _apic.EndOfInterrupt();
        Assert.False(_apic.HasDeliverableInterrupt(out _));

        _bus.SetExternalInterrupt(false);
        _signals.Log.Clear();
        Write(0x350, 0x0000_0400);
        _bus.SetExternalInterrupt(true);
        Assert.Equal(["nmi 0"], _signals.Log);

        Write(0x350, 0x0000_8032);
        Assert.Equal(0x0000_C032u, Read(0x350));
        Assert.True(_apic.HasDeliverableInterrupt(out vector));
        _apic.Accept(vector);
        _apic.EndOfInterrupt();
        Assert.True(_apic.HasDeliverableInterrupt(out vector));
        _apic.Accept(vector);
        _bus.SetExternalInterrupt(false);
        _apic.EndOfInterrupt();
        Assert.False(_apic.HasDeliverableInterrupt(out _));
        Assert.Equal(0x0000_8032u, Read(0x350));
    }

    private static ulong Mode(string name) => name switch
    {
        "off" => Base | 0x100,
        "xapic" => Base | 0x900,
        "x2apic" => Base | 0xD00,
        _ => Base | 0x500,
    };

    private void Enable() => Write(0xF0, 0x1FF);

    private void EnterX2Apic() => Assert.True(_apic.TryWriteMsr(LocalApic.BaseMsr, Mode("x2apic")));

    private uint Read(int offset) => (uint)_apic.ReadMemory((ulong)offset, 4);

    private void Write(int offset, uint value) => _apic.WriteMemory((ulong)offset, 4, value);

    private ulong Msr(uint index)
    {
        Assert.True(_apic.TryReadMsr(index, out ulong value));
        return value;
    }
}
