using System.Linq;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Interrupts;

/// <summary>What the interrupt command register sends, and whom it reaches.</summary>
public sealed class ApicBusTests
{
    private const int Processors = 8;

    private readonly RecordingSignals _signals = new();
    private readonly ApicBus _bus;

    public ApicBusTests()
    {
        _bus = new ApicBus(new FakeClock(), _signals, FakeTaskPriority.Several(Processors));
        _bus.Reset(Processors);
        for (int i = 0; i < Processors; i++)
        {
            Write(i, 0xF0, 0x1FF);
        }
    }

    [Fact]
    public void A_physical_destination_reaches_its_processor()
    {
        Send(0, 0x03, 0x0000_4041);

        Assert.Equal("3", Holders(0x41));
        Assert.Equal(["int 3"], _signals.Log);
    }

    [Fact]
    public void A_physical_destination_may_be_oneself_or_nobody()
    {
        Send(2, 0x02, 0x0000_4041);
        Send(2, 0x2A, 0x0000_4042);

        Assert.Equal("2", Holders(0x41));
        Assert.Equal("", Holders(0x42));
    }

    [Fact]
    public void A_broadcast_reaches_all()
    {
        Send(2, 0xFF, 0x0000_4041);

        Assert.Equal("01234567", Holders(0x41));
    }

    [Theory]
    [InlineData(0x0004_4041u, "2")]
    [InlineData(0x0008_4041u, "01234567")]
    [InlineData(0x000C_4041u, "0134567")]
    public void Shorthands(uint command, string holders)
    {
        Send(2, 0x05, command);

        Assert.Equal(holders, Holders(0x41));
    }

    [Theory]
    [InlineData(0x0004_4141u)]
    [InlineData(0x0004_4400u)]
    [InlineData(0x0004_4500u)]
    [InlineData(0x0008_4400u)]
    [InlineData(0x0008_4500u)]
    [InlineData(0x0008_4608u)]
    [InlineData(0x0000_4200u)]
    [InlineData(0x0000_4341u)]
    [InlineData(0x0000_4741u)]
    public void Combinations_that_do_not_exist_send_nothing(uint command)
    {
        Send(2, 0xFF, command);

        Assert.Equal("", Holders(0x41));
        Assert.Empty(_signals.Log);
    }

    [Theory]
    [InlineData(0x01, "0")]
    [InlineData(0x81, "07")]
    [InlineData(0x00, "")]
    [InlineData(0xFF, "01234567")]
    public void The_flat_model_has_a_bit_for_each(uint destination, string holders)
    {
        for (int i = 0; i < Processors; i++)
        {
            Write(i, 0xD0, 1u << (24 + i));
        }

        Send(0, destination, 0x0000_4841);

        Assert.Equal(holders, Holders(0x41));
    }

    [Theory]
    [InlineData(0x01, "0")]
    [InlineData(0x0F, "0123")]
    [InlineData(0x13, "45")]
    [InlineData(0x2F, "")]
    [InlineData(0xF1, "04")]
    [InlineData(0xFF, "01234567")]
    public void The_cluster_model_has_a_number_and_four_bits(uint destination, string holders)
    {
        for (int i = 0; i < Processors; i++)
        {
            Write(i, 0xE0, 0);
            Write(i, 0xD0, (uint)(((i / 4) << 4) | (1 << (i % 4))) << 24);
        }

        Send(0, destination, 0x0000_4841);

        Assert.Equal(holders, Holders(0x41));
    }

    [Theory]
    [InlineData(0x0000_0003UL, 0x41, "3")]
    [InlineData(0x0000_00FFUL, 0x41, "")]
    [InlineData(0xFFFF_FFFFUL, 0x41, "01234567")]
    [InlineData(0x0000_0081UL, 0x841, "07")]
    [InlineData(0x0001_0081UL, 0x841, "")]
    [InlineData(0xFFFF_FFFFUL, 0x841, "01234567")]
    public void In_x2apic_mode_destinations_have_32_bits(ulong destination, uint command, string holders)
    {
        EnterX2Apic();
        Assert.True(_bus[1].TryWriteMsr(0x830, (destination << 32) | command));

        Assert.Equal(holders, Holders(0x41));
        Assert.True(_bus[1].TryReadMsr(0x830, out ulong read));
        Assert.Equal((destination << 32) | command, read);
    }

    [Fact]
    public void Nmi_init_and_startup_reach_the_processors()
    {
        Send(0, 0x01, 0x0000_4400);
        Send(0, 0x01, 0x0000_4500);
        Send(0, 0x01, 0x0000_8500);
        Send(0, 0x01, 0x0000_469F);
        Send(0, 0x00, 0x000C_4500);

        Assert.Equal(
            ["nmi 1", "init 1", "sipi 1 9F", "init 1", "init 2", "init 3", "init 4", "init 5", "init 6", "init 7"],
            _signals.Log);
        Assert.Equal(0xFFu, Read(1, 0xF0));
        Assert.Equal(0x1FFu, Read(0, 0xF0));
    }

    [Fact]
    public void Init_and_startup_reach_a_processor_that_is_disabled_by_software()
    {
        Write(1, 0xF0, 0xFF);
        Send(0, 0x01, 0x0000_4041);
        Send(0, 0x01, 0x0000_4601);

        Assert.Equal("", Holders(0x41));
        Assert.Equal(["sipi 1 01"], _signals.Log);
    }

    [Fact]
    public void Nothing_reaches_a_local_apic_that_is_off()
    {
        Assert.True(_bus[1].TryWriteMsr(LocalApic.BaseMsr, 0xFEE0_0000));
        Send(0, 0xFF, 0x0000_4500);
        Send(0, 0x00, 0x000C_4400);

        Assert.DoesNotContain("init 1", _signals.Log);
        Assert.DoesNotContain("nmi 1", _signals.Log);
        Assert.Contains("nmi 2", _signals.Log);
    }

    [Fact]
    public void The_lowest_priority_takes_it_and_equals_take_turns()
    {
        for (int i = 0; i < Processors; i++)
        {
            Write(i, 0x80, i is 3 or 5 ? 0x20u : 0x30u);
            Write(i, 0xD0, 1u << (24 + i));
        }

        for (byte vector = 0x41; vector < 0x45; vector++)
        {
            Send(0, 0xFF, 0x0000_4900u | vector);
        }

        Assert.Equal(["3", "5", "3", "5"], [Holders(0x41), Holders(0x42), Holders(0x43), Holders(0x44)]);
    }

    [Fact]
    public void The_lowest_priority_among_the_addressed_only()
    {
        Write(5, 0x80, 0x00);
        Write(6, 0x80, 0x10);
        Write(0, 0x80, 0x20);
        Write(6, 0xD0, 0x40u << 24);
        Write(0, 0xD0, 0x01u << 24);
        Send(0, 0x41, 0x0000_4941);
        Assert.Equal("6", Holders(0x41));

        // All excluding self.
        Send(5, 0x00, 0x000C_4142);
        Assert.Single(Holders(0x42));
        Assert.NotEqual("5", Holders(0x42));
    }

    [Fact]
    public void The_lowest_priority_of_nobody_is_nobody()
    {
        Send(0, 0x00, 0x0000_4941);

        Assert.Equal("", Holders(0x41));
        Assert.Empty(_signals.Log);
    }

    [Fact]
    public void An_illegal_vector_is_an_error_and_is_not_sent()
    {
        Send(0, 0x01, 0x0000_400F);

        Assert.Empty(_signals.Log);
        Write(0, 0x280, 0);
        Write(1, 0x280, 0);
        Assert.Equal(0x20u, Read(0, 0x280));
        Assert.Equal(0u, Read(1, 0x280));
    }

    [Fact]
    public void The_command_register_reads_back_idle()
    {
        Send(0, 0x01, 0x0000_5041);

        Assert.Equal(0x0000_4041u, Read(0, 0x300));
        Assert.Equal(0x0100_0000u, Read(0, 0x310));
    }

    [Fact]
    public void Processors_that_the_domain_does_not_have_are_not_on_the_bus()
    {
        _bus.Reset(2);
        for (int i = 0; i < Processors; i++)
        {
            Write(i, 0xF0, 0x1FF);
        }

        Send(0, 0xFF, 0x0000_4041);
        Send(0, 0x05, 0x0000_4042);

        Assert.Equal("01", Holders(0x41));
        Assert.Equal("", Holders(0x42));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(9, 8)]
    public void The_number_of_processors_is_kept_in_its_range(int wanted, int given)
    {
        _bus.Reset(wanted);

        Assert.Equal(given, _bus.Count);
    }

    private string Holders(int vector)
    {
        int offset = 0x200 + (vector / 32 * 16);
        return string.Concat(Enumerable.Range(0, Processors).Where(i => (ReadAny(i, offset) >> (vector % 32) & 1) != 0));
    }

    private uint ReadAny(int processor, int offset)
    {
        if (!_bus[processor].IsX2Apic)
        {
            return Read(processor, offset);
        }

        Assert.True(_bus[processor].TryReadMsr(0x800 + ((uint)offset >> 4), out ulong value));
        return (uint)value;
    }

    private void EnterX2Apic()
    {
        for (int i = 0; i < Processors; i++)
        {
            _bus[i].EnterX2ApicMode();
        }
    }

    private void Send(int from, uint destination, uint command)
    {
        Write(from, 0x310, destination << 24);
        Write(from, 0x300, command);
    }

    private uint Read(int processor, int offset) => (uint)_bus[processor].ReadMemory((ulong)offset, 4);

    private void Write(int processor, int offset, uint value) => _bus[processor].WriteMemory((ulong)offset, 4, value);
}
