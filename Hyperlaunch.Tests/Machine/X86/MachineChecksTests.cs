using System.Linq;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class MachineChecksTests
{
    private const uint Capabilities = 0x179;
    private const uint Control = 0x17B;
    private const ulong Valid = 1UL << 63;
    private const ulong Uncorrected = 1UL << 61;
    private const ulong HasMiscellaneous = 1UL << 59;
    private const ulong HasAddress = 1UL << 58;
    private const ulong ContextCorrupt = 1UL << 57;

    private readonly FakeModelRegisters _registers = new();

    [Fact]
    public void Every_bank_reports_every_error_and_holds_none_from_before()
    {
        Banks(3, hasControl: true);
        _registers[Status(2)] = Valid | HasAddress | 0x135;
        _registers[Status(2) + 1] = 0x1234_5000;

        int found = MachineChecks.Enable(new ProcessorModel(Processors.Intel(0x55)), _registers, out MachineCheckBank stale);

        Assert.Equal(1, found);
        Assert.Equal((2, 0x1234_5000UL, "corrected"), (stale.Number, stale.Address, stale.Severity));
        Assert.Equal(ulong.MaxValue, _registers[Control]);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(ulong.MaxValue, _registers[Status(i) - 1]));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(0UL, _registers[Status(i)]));
    }

    [Fact]
    public void A_bank_is_opened_before_its_status_is_cleared()
    {
        Banks(1, hasControl: false);

        MachineChecks.Enable(new ProcessorModel(Processors.Intel(0x55)), _registers, out _);

        Assert.Equal([Status(0) - 1, Status(0)], _registers.Writes.Select(write => write.Register));
    }

    [Fact]
    public void The_first_bank_of_Intels_before_Nehalem_stays_firmwares()
    {
        Banks(2, hasControl: false);

        MachineChecks.Enable(new ProcessorModel(Processors.Intel(0x17)), _registers, out _);

        Assert.Equal(0UL, _registers[Status(0) - 1]);
        Assert.Equal(ulong.MaxValue, _registers[Status(1) - 1]);
    }

    [Theory]
    [InlineData(0x10u, ~(1UL << 10))]
    [InlineData(0x17u, ulong.MaxValue)]
    public void Walks_of_the_graphics_aperture_are_no_errors_on_AMDs_that_report_them(uint family, ulong control)
    {
        Banks(6, hasControl: true);

        MachineChecks.Enable(new ProcessorModel(Processors.Amd(family)), _registers, out _);

        Assert.Equal(control, _registers[Status(4) - 1]);
    }

    [Fact]
    public void A_processor_without_the_registers_is_left_alone()
    {
        Assert.Equal(0, MachineChecks.Enable(new ProcessorModel(Processors.Amd(0x17)), _registers, out _));
        Assert.Empty(_registers.Writes);
        Assert.False(MachineChecks.IsAnyUncorrected(_registers));
    }

    [Fact]
    public void More_banks_than_there_can_be_are_not_looked_for()
    {
        _registers[Capabilities] = 0xFF;

        Assert.Equal(MachineChecks.MaximumBanks, MachineChecks.CountBanks(_registers));
    }

    [Theory]
    [InlineData(Valid, false, "corrected")]
    [InlineData(Valid | Uncorrected, true, "uncorrected")]
    [InlineData(Valid | Uncorrected | ContextCorrupt, true, "fatal")]
    [InlineData(Uncorrected, false, "corrected")]
    public void An_error_is_uncorrected_only_where_its_bank_is_valid(ulong status, bool isUncorrected, string severity)
    {
        Banks(1, hasControl: false);
        _registers[Status(0)] = status;

        Assert.Equal(isUncorrected, MachineChecks.IsAnyUncorrected(_registers));
        Assert.Equal(severity, new MachineCheckBank(0, status, 0, 0).Severity);
    }

    [Fact]
    public void Address_and_miscellaneous_count_only_where_the_status_says_so()
    {
        MachineCheckBank without = new(1, Valid, 0x1000, 0x86);
        MachineCheckBank with = new(1, Valid | HasAddress | HasMiscellaneous, 0x1000, 0x86);

        Assert.Equal((0UL, 0UL), (without.Address, without.Miscellaneous));
        Assert.Equal((0x1000UL, 0x86UL), (with.Address, with.Miscellaneous));
    }

    private static uint Status(int bank) => 0x401 + ((uint)bank * 4);

    private void Banks(int count, bool hasControl)
    {
        _registers[Capabilities] = (uint)count | (hasControl ? 1UL << 8 : 0);
        if (hasControl)
        {
            _registers[Control] = 0;
        }

        for (int i = 0; i < count; i++)
        {
            for (uint offset = 0; offset < 4; offset++)
            {
                _registers[Status(i) - 1 + offset] = 0;
            }
        }
    }
}
