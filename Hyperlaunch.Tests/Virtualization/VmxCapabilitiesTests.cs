using System;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

public sealed class VmxCapabilitiesTests : IDisposable
{
    private readonly IntelMachine _machine = new();

    [Fact]
    public void Takes_every_control_that_the_processor_offers()
    {
        VmxCapabilities capabilities = Detect();
        Assert.Equal(0x2Bu, capabilities.Revision);
        Assert.Equal(0x7Fu, (uint)capabilities.Pin);
        Assert.Equal(0xB51869FAu | (1u << 10), (uint)capabilities.Primary);
        Assert.Equal(0x14EAu, (uint)capabilities.Secondary);
        Assert.Equal(0x3F6FFFu, (uint)capabilities.Exit);
        Assert.Equal(0xD1FFu, (uint)capabilities.Entry);
        Assert.Equal("ept unrestricted_guest vnmi vpid preemption_timer ept_1gb ple", capabilities.Describe());
    }

    [Fact]
    public void Reads_the_older_words_where_there_are_no_true_ones()
    {
        _machine.Msrs[VmxMsr.Basic] &= ~(1UL << 55);
        _machine.Msrs[VmxMsr.Primary] = _machine.Msrs[VmxMsr.TruePrimary];
        _machine.Msrs[VmxMsr.TruePrimary] = 0;
        _machine.Msrs[VmxMsr.Pin] = 0x0000_003F_0000_0016;
        Assert.Equal(0x3Fu, (uint)Detect().Pin);
    }

    [Theory]
    [InlineData(VmxMsr.TruePin, 3, "NMI exiting")]
    [InlineData(VmxMsr.TruePin, 5, "virtual NMIs")]
    [InlineData(VmxMsr.TruePrimary, 7, "HLT exiting")]
    [InlineData(VmxMsr.TruePrimary, 10, "MWAIT exiting")]
    [InlineData(VmxMsr.TruePrimary, 20, "CR8-store exiting")]
    [InlineData(VmxMsr.TruePrimary, 22, "NMI-window exiting")]
    [InlineData(VmxMsr.TruePrimary, 28, "use MSR bitmaps")]
    [InlineData(VmxMsr.TruePrimary, 31, "activate secondary controls")]
    [InlineData(VmxMsr.Secondary, 1, "enable EPT")]
    [InlineData(VmxMsr.Secondary, 3, "enable RDTSCP")]
    [InlineData(VmxMsr.Secondary, 7, "unrestricted guest")]
    [InlineData(VmxMsr.Secondary, 12, "enable INVPCID")]
    [InlineData(VmxMsr.TrueExit, 9, "host address-space size")]
    [InlineData(VmxMsr.TrueExit, 21, "load IA32_EFER")]
    [InlineData(VmxMsr.TrueEntry, 9, "IA-32e mode guest")]
    [InlineData(VmxMsr.TrueEntry, 14, "load IA32_PAT")]
    public void Names_the_control_that_is_lost(uint msr, int bit, string name)
    {
        _machine.Msrs[msr] &= ~(1UL << (32 + bit));
        Assert.Contains($"lacks the control \"{name}\"", Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_processor_that_forces_exits_for_CR3()
    {
        _machine.Msrs[VmxMsr.TruePrimary] |= 1UL << 15;
        Assert.Contains("cannot turn off the control \"CR3-load exiting\"", Problem(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, "four levels")]
    [InlineData(14, "write-back")]
    [InlineData(16, "2 MiB")]
    [InlineData(20, "INVEPT")]
    public void Names_what_EPT_lacks(int bit, string lack)
    {
        _machine.Msrs[VmxMsr.EptVpid] &= ~(1UL << bit);
        Assert.Contains(lack, Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Does_without_what_is_not_required()
    {
        _machine.Msrs[VmxMsr.TruePin] &= ~(1UL << (32 + 6));
        _machine.Msrs[VmxMsr.Secondary] &= ~((1UL << (32 + 5)) | (1UL << (32 + 10)));
        _machine.Msrs[VmxMsr.EptVpid] &= ~(1UL << 17);
        VmxCapabilities capabilities = Detect();
        Assert.Equal("ept unrestricted_guest vnmi", capabilities.Describe());
        Assert.Equal(0u, (uint)capabilities.Pin & (1 << 6));
        Assert.False(capabilities.HasVpid);
    }

    [Fact]
    public void Watches_the_emptying_of_caches_where_it_can()
    {
        Assert.Equal(1u << 6, (uint)Detect().Secondary & (1 << 6));
        _machine.Msrs[VmxMsr.Secondary] &= ~(1UL << (32 + 6));
        Assert.Equal(0u, (uint)Detect().Secondary & (1 << 6));
    }

    [Fact]
    public void Uses_no_identifier_that_it_could_not_drop()
    {
        _machine.Msrs[VmxMsr.EptVpid] &= ~((1UL << 41) | (1UL << 42));
        Assert.False(Detect().HasVpid);
        Assert.Equal(0u, (uint)Detect().Secondary & (1 << 5));
    }

    [Theory]
    [InlineData(0x0, true, 0x5)]
    [InlineData(0x1, false, 0x0)]
    [InlineData(0x3, false, 0x0)]
    [InlineData(0x4, true, 0x5)]
    [InlineData(0x5, true, 0x0)]
    public void Heeds_what_firmware_locked(ulong featureControl, bool isAllowed, ulong toWrite)
    {
        Assert.Equal(isAllowed, VmxCapabilities.IsAllowed(featureControl));
        Assert.Equal(toWrite, VmxCapabilities.FeatureControlToWrite(featureControl));
        _machine.Msrs[Msr.FeatureControl] = featureControl;
        Assert.Equal(isAllowed, VmxCapabilities.Detect(_machine.Host, out string problem) is not null);
        Assert.Equal(isAllowed, problem.Length == 0);
    }

    [Fact]
    public void Reads_no_MSR_of_a_processor_without_VMX()
    {
        _machine.Msrs.Clear();
        _machine.HasVmx = false;
        Assert.Contains("no VMX", Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prints_all_words_in_one_line_of_the_console()
    {
        string words = Detect().Words;
        Assert.StartsWith("0x3a=0x5 0x480=0xd810000000002b 0x481=0x", words, StringComparison.Ordinal);
        Assert.EndsWith(" 0x490=0xffff000011fb", words, StringComparison.Ordinal);
        Assert.True(words.Length < 900);
    }

    public void Dispose() => _machine.Dispose();

    private VmxCapabilities Detect()
    {
        VmxCapabilities? capabilities = VmxCapabilities.Detect(_machine.Host, out string problem);
        Assert.True(capabilities is not null, problem);
        return capabilities;
    }

    private string Problem()
    {
        Assert.Null(VmxCapabilities.Detect(_machine.Host, out string problem));
        return problem;
    }
}
