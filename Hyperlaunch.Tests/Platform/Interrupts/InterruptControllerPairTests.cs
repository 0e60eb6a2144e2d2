using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Interrupts;

public sealed class InterruptControllerPairTests
{
    private readonly RecordingOutput _output = new();
    private readonly InterruptControllerPair _pic;
    private readonly PortMap _ports = new();

    public InterruptControllerPairTests()
    {
        _pic = new InterruptControllerPair(_output);
        foreach (PortWindow window in PlatformPorts.Pic)
        {
            _ports.Add(_pic, window);
        }

        Initialize();
    }

    [Fact]
    public void Without_initialization_it_interrupts_nobody()
    {
        _pic.Reset();
        _pic.SetLine(0, true);

        Assert.False(_pic.HasInterrupt);
        Write(0x20, 0x11);
        Write(0x21, 0x20);
        Write(0x21, 0x04);
        _pic.SetLine(1, true);
        Assert.False(_pic.HasInterrupt);
        Write(0x21, 0x01);
        Assert.True(_pic.HasInterrupt);
    }

    [Theory]
    [InlineData(0, 0x20)]
    [InlineData(1, 0x21)]
    [InlineData(7, 0x27)]
    [InlineData(8, 0x28)]
    [InlineData(15, 0x2F)]
    public void A_rising_line_gives_its_vector(int line, int vector)
    {
        _pic.SetLine(line, true);

        Assert.True(_output.Level);
        Assert.Equal(vector, _pic.Acknowledge());
        Assert.False(_pic.HasInterrupt);
        Assert.False(_output.Level);
    }

    [Fact]
    public void Only_the_upper_five_bits_of_the_base_count()
    {
        Initialize(firstBase: 0x47);
        _pic.SetLine(3, true);

        Assert.Equal(0x43, _pic.Acknowledge());
    }

    [Fact]
    public void A_line_that_stays_high_needs_a_new_edge()
    {
        _pic.SetLine(4, true);
        _pic.Acknowledge();
        Write(0x20, 0x20);

        Assert.False(_pic.HasInterrupt);
        _pic.SetLine(4, true);
        Assert.False(_pic.HasInterrupt);
        _pic.SetLine(4, false);
        _pic.SetLine(4, true);
        Assert.True(_pic.HasInterrupt);
    }

    [Fact]
    public void A_request_that_goes_before_it_is_acknowledged_becomes_level_seven()
    {
        _pic.SetLine(4, true);
        _pic.SetLine(4, false);

        Assert.False(_pic.HasInterrupt);
        Assert.Equal(0x27, _pic.Acknowledge());
        Assert.Equal(0, ReadInService(0x20));
    }

    [Fact]
    public void A_slave_request_that_goes_in_between_leaves_the_cascade_in_service()
    {
        // The first controller still sees its input while the second has lost the request: mask it there after the edge.
        _pic.SetLine(9, true);
        Write(0xA1, 0x02);
        Assert.False(_pic.HasInterrupt);
        Write(0xA1, 0x00);
        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x29, _pic.Acknowledge());
        Assert.Equal(0x04, ReadInService(0x20));
        Assert.Equal(0x02, ReadInService(0xA0));
    }

    [Fact]
    public void Lower_and_equal_levels_wait_for_the_end_of_interrupt()
    {
        _pic.SetLine(3, true);
        Assert.Equal(0x23, _pic.Acknowledge());

        _pic.SetLine(5, true);
        _pic.SetLine(3, false);
        _pic.SetLine(3, true);
        Assert.False(_pic.HasInterrupt);
        _pic.SetLine(1, true);
        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x21, _pic.Acknowledge());
        Write(0x20, 0x20);
        Assert.Equal(0x08, ReadInService(0x20));
        Assert.False(_pic.HasInterrupt);
        Write(0x20, 0x20);
        Assert.Equal(0x23, _pic.Acknowledge());
        Write(0x20, 0x20);
        Assert.Equal(0x25, _pic.Acknowledge());
    }

    [Fact]
    public void The_highest_of_several_goes_first()
    {
        _pic.SetLine(15, true);
        _pic.SetLine(3, true);
        _pic.SetLine(8, true);

        Assert.Equal(0x28, _pic.Acknowledge());
        Write(0xA0, 0x20);
        Write(0x20, 0x20);
        Assert.Equal(0x2F, _pic.Acknowledge());
        Write(0xA0, 0x20);
        Write(0x20, 0x20);
        Assert.Equal(0x23, _pic.Acknowledge());
    }

    [Fact]
    public void A_higher_slave_request_waits_for_the_first_controller()
    {
        _pic.SetLine(12, true);
        Assert.Equal(0x2C, _pic.Acknowledge());

        _pic.SetLine(8, true);
        Assert.False(_pic.HasInterrupt);
        Write(0x20, 0x20);
        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x28, _pic.Acknowledge());
    }

    [Fact]
    public void The_specially_nested_mode_lets_a_higher_slave_request_through()
    {
        Initialize(firstIcw4: 0x11);
        _pic.SetLine(12, true);
        Assert.Equal(0x2C, _pic.Acknowledge());

        _pic.SetLine(8, true);

        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x28, _pic.Acknowledge());
        _pic.SetLine(3, true);
        Assert.False(_pic.HasInterrupt);
    }

    [Fact]
    public void Masked_requests_are_kept()
    {
        Write(0x21, 0x10);
        Assert.Equal(0x10, Read(0x21));
        _pic.SetLine(4, true);

        Assert.False(_pic.HasInterrupt);
        Assert.Equal(0x10, ReadRequests(0x20));
        Write(0x21, 0x00);
        Assert.Equal(0x24, _pic.Acknowledge());
        Assert.Equal(0x00, ReadRequests(0x20));
    }

    [Fact]
    public void A_specific_end_of_interrupt_ends_its_level_only()
    {
        _pic.SetLine(3, true);
        _pic.Acknowledge();
        _pic.SetLine(1, true);
        _pic.Acknowledge();

        Write(0x20, 0x63);

        Assert.Equal(0x02, ReadInService(0x20));
    }

    [Fact]
    public void Automatic_end_of_interrupt_leaves_nothing_in_service()
    {
        Initialize(firstIcw4: 0x03, secondIcw4: 0x03);
        _pic.SetLine(9, true);
        _pic.SetLine(10, true);

        Assert.Equal(0x29, _pic.Acknowledge());
        Assert.Equal(0, ReadInService(0x20));
        Assert.Equal(0, ReadInService(0xA0));
        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x2A, _pic.Acknowledge());
    }

    [Fact]
    public void Rotation_makes_the_ended_level_the_lowest()
    {
        _pic.SetLine(0, true);
        _pic.SetLine(1, true);
        Assert.Equal(0x20, _pic.Acknowledge());
        _pic.SetLine(0, false);
        _pic.SetLine(0, true);

        Write(0x20, 0xA0);

        Assert.Equal(0x21, _pic.Acknowledge());
        Write(0x20, 0xE1);
        _pic.SetLine(2 + 6, true);
        _pic.SetLine(1, false);
        _pic.SetLine(1, true);
        Assert.Equal(0x28, _pic.Acknowledge());
    }

    [Fact]
    public void Rotation_with_automatic_end_goes_round_and_can_be_turned_off()
    {
        Initialize(firstIcw4: 0x03);
        Write(0x20, 0x80);
        Edge(0);
        Edge(1);
        Assert.Equal(0x20, _pic.Acknowledge());
        Edge(0);
        Assert.Equal(0x21, _pic.Acknowledge());
        Assert.Equal(0x20, _pic.Acknowledge());

        Write(0x20, 0x00);
        Edge(1);
        Assert.Equal(0x21, _pic.Acknowledge());
        Edge(0);
        Edge(1);
        Assert.Equal(0x21, _pic.Acknowledge());
    }

    [Fact]
    public void The_lowest_priority_can_be_set()
    {
        Write(0x20, 0xC4);
        Edge(0);
        Edge(5);

        Assert.Equal(0x25, _pic.Acknowledge());
    }

    [Fact]
    public void The_special_mask_mode_lets_lower_levels_through_a_masked_one()
    {
        Edge(3);
        _pic.Acknowledge();
        Edge(5);
        Write(0x21, 0x08);
        Assert.False(_pic.HasInterrupt);

        Write(0x20, 0x68);
        Assert.True(_pic.HasInterrupt);
        Assert.Equal(0x25, _pic.Acknowledge());

        // A non-specific end passes the masked level over.
        Write(0x20, 0x20);
        Assert.Equal(0x08, ReadInService(0x20));
        Write(0x20, 0x20);
        Assert.Equal(0x08, ReadInService(0x20));
        Write(0x20, 0x48);
        Write(0x20, 0x20);
        Assert.Equal(0x00, ReadInService(0x20));
    }

    [Fact]
    public void A_poll_acknowledges()
    {
        Edge(6);
        Write(0x20, 0x0C);

        Assert.Equal(0x86, Read(0x20));
        Assert.False(_pic.HasInterrupt);
        Assert.Equal(0x40, ReadInService(0x20));
        Write(0x20, 0x0C);
        Assert.Equal(0x00, Read(0x20));
    }

    [Fact]
    public void Level_triggered_lines_ask_as_long_as_they_are_high()
    {
        Write(0x4D1, 0x02);
        _pic.SetLine(9, true);
        Assert.Equal(0x29, _pic.Acknowledge());
        Assert.Equal(0x02, ReadRequests(0xA0));

        Write(0xA0, 0x20);
        Write(0x20, 0x20);
        Assert.Equal(0x29, _pic.Acknowledge());
        _pic.SetLine(9, false);
        Write(0xA0, 0x20);
        Write(0x20, 0x20);
        Assert.False(_pic.HasInterrupt);
    }

    [Fact]
    public void Icw1_can_make_all_lines_level_triggered()
    {
        Write(0x20, 0x19);
        Write(0x21, 0x20);
        Write(0x21, 0x04);
        Write(0x21, 0x01);
        _pic.SetLine(4, true);
        _pic.Acknowledge();
        Write(0x20, 0x20);

        Assert.Equal(0x24, _pic.Acknowledge());
    }

    [Fact]
    public void The_edge_level_registers_keep_the_edge_only_lines_so()
    {
        Write(0x4D0, 0xFF);
        Write(0x4D1, 0xFF);

        Assert.Equal(0xF8, Read(0x4D0));
        Assert.Equal(0xDE, Read(0x4D1));
    }

    [Fact]
    public void Initialization_clears_mask_service_edges_and_priorities()
    {
        Edge(3);
        _pic.Acknowledge();
        Edge(5);
        Write(0x21, 0xFB);
        Write(0x20, 0xC2);
        Write(0x20, 0x0B);

        Initialize();

        Assert.Equal(0x00, Read(0x21));
        Assert.Equal(0x00, Read(0x20));
        Assert.Equal(0x00, ReadInService(0x20));
        Assert.False(_pic.HasInterrupt);
        Edge(0);
        Edge(3);
        Assert.Equal(0x20, _pic.Acknowledge());
    }

    [Fact]
    public void A_single_controller_expects_no_icw3_and_icw4_only_when_announced()
    {
        Write(0x20, 0x12);
        Write(0x21, 0x30);
        Write(0x21, 0xFE);

        Assert.Equal(0xFE, Read(0x21));
        Edge(0);
        Assert.Equal(0x30, _pic.Acknowledge());
    }

    [Fact]
    public void An_end_without_anything_in_service_is_harmless()
    {
        Write(0x20, 0x20);
        Write(0x20, 0xA0);
        Edge(7);

        Assert.Equal(0x27, _pic.Acknowledge());
    }

    private void Edge(int line)
    {
        _pic.SetLine(line, false);
        _pic.SetLine(line, true);
    }

    private void Initialize(byte firstBase = 0x20, byte firstIcw4 = 0x01, byte secondIcw4 = 0x01)
    {
        Write(0x20, 0x11);
        Write(0xA0, 0x11);
        Write(0x21, firstBase);
        Write(0xA1, 0x28);
        Write(0x21, 0x04);
        Write(0xA1, 0x02);
        Write(0x21, firstIcw4);
        Write(0xA1, secondIcw4);
    }

    private int ReadInService(ushort port)
    {
        Write(port, 0x0B);
        return Read(port);
    }

    private int ReadRequests(ushort port)
    {
        Write(port, 0x0A);
        return Read(port);
    }

    private int Read(ushort port) => (int)_ports.Read(port, 1);

    private void Write(ushort port, byte value) => _ports.Write(port, 1, value);
}
