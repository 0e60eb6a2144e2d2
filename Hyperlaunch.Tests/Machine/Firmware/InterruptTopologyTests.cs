using System;
using System.Linq;
using Hyperlaunch.Machine.Firmware;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public class InterruptTopologyTests
{
    private static readonly byte[] s_header = [0, 0, 0xE0, 0xFE, 1, 0, 0, 0];

    [Fact]
    public void The_boot_cpu_comes_first_and_once()
    {
        InterruptTopology topology = Read(2, [.. LocalApic(0, true), .. LocalApic(1, true), .. LocalApic(2, true)]);
        Assert.Equal([2u, 0u, 1u], topology.ApicIds);
    }

    [Fact]
    public void Passes_over_disabled_cpus_and_ones_listed_twice()
    {
        InterruptTopology topology = Read(
            0, [.. LocalApic(
            0, true), .. LocalApic(1, false), .. LocalApic(3, true), .. X2Apic(3, true), .. X2Apic(0x1234, true)]);
        Assert.Equal([0u, 3u, 0x1234u], topology.ApicIds);
    }

    [Fact]
    public void Reads_io_apics()
    {
        InterruptTopology topology = Read(0, [1, 12, 9, 0, 0x00, 0x00, 0xC0, 0xFE, 24, 0, 0, 0]);
        IoApicDescription apic = Assert.Single(topology.IoApics);
        Assert.Equal(9, apic.Id);
        Assert.Equal(0xFEC0_0000u, apic.Address);
        Assert.Equal(24u, apic.FirstInterrupt);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 }, "an entry of length 0")]
    [InlineData(new byte[] { 0, 1 }, "an entry shorter than its header")]
    [InlineData(new byte[] { 0 }, "half a header")]
    [InlineData(new byte[] { 0, 8, 0, 7, 1, 0, 0 }, "an entry that runs past the table")]
    [InlineData(new byte[] { 0, 6, 0, 7, 1, 0 }, "an entry shorter than its kind")]
    [InlineData(new byte[] { 200, 4, 0, 7 }, "a kind of the future")]
    public void Is_not_misled_by(byte[] entries, string because)
    {
        InterruptTopology topology = Read(5, entries);
        Assert.True(topology.ApicIds.SequenceEqual([5u]), because);
    }

    [Fact]
    public void Uses_no_more_cpus_than_it_has_room_for()
    {
        byte[] entries = [.. Enumerable.Range(0, 300).SelectMany(id => X2Apic((uint)id, true))];
        Assert.Equal(InterruptTopology.MaximumCpus, Read(0, entries).ApicIds.Count);
    }

    [Theory]
    [InlineData(0xFEu, new uint[] { 0, 0xFE })]
    [InlineData(0xFFFF_FFFEu, new uint[] { 0, 0xFE, 0xFF, 0x100 })]
    public void Cpus_that_cannot_be_reached_are_not_used(uint highestApicId, uint[] used)
    {
        byte[] entries = [.. X2Apic(0xFE, true), .. X2Apic(0xFF, true), .. X2Apic(0x100, true), .. X2Apic(uint.MaxValue, true)];
        using AcpiImage image = new();
        image.Add("APIC", [.. s_header, .. entries]);

        Assert.Equal(used, new InterruptTopology(FirmwareTables.Find(image.WithXsdt().Memory, 0), 0, highestApicId).ApicIds);
    }

    [Fact]
    public void Without_a_table_there_is_the_boot_cpu() => Assert.Equal([7u], new InterruptTopology(null, 7).ApicIds);

    private static InterruptTopology Read(uint bootApicId, byte[] entries)
    {
        using AcpiImage image = new();
        image.Add("APIC", [.. s_header, .. entries]);
        return new InterruptTopology(FirmwareTables.Find(image.WithXsdt().Memory, 0), bootApicId);
    }

    private static byte[] LocalApic(byte id, bool enabled) => [0, 8, id, id, (byte)(enabled ? 1 : 0), 0, 0, 0];

    private static byte[] X2Apic(uint id, bool enabled)
        => [9, 16, 0, 0, .. BitConverter.GetBytes(id), (byte)(enabled ? 1 : 0), 0, 0, 0, 0, 0, 0, 0];
}
