using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public class SpeculationPolicyTests
{
    private const SpeculationMeasures Switch = SpeculationMeasures.SwitchControl;
    private const SpeculationMeasures Write = SpeculationMeasures.SwitchControl | SpeculationMeasures.WriteControl;
    private const SpeculationMeasures Fill = SpeculationMeasures.FillReturns;
    private const SpeculationMeasures Verw = SpeculationMeasures.ClearBuffers;
    private const SpeculationMeasures FlushL1 = SpeculationMeasures.FlushL1;
    private const SpeculationMeasures Ibpb = SpeculationMeasures.Barrier;
    private const SpeculationMeasures History = SpeculationMeasures.ClearHistory;
    private const SpeculationGaps Old = SpeculationGaps.SpectreV2 | SpeculationGaps.Mds | SpeculationGaps.L1tf;

    [Theory]
    [InlineData("Nehalem", BranchRestriction.AtExits, Write | Fill | Verw | FlushL1, SpeculationGaps.None)]
    [InlineData("Nehalem, old microcode", BranchRestriction.Missing, Fill, Old)]
    [InlineData("Haswell", BranchRestriction.AtExits, Write | Fill | Verw | FlushL1, SpeculationGaps.None)]
    [InlineData("Skylake", BranchRestriction.AtExits, Write | Fill | Verw | FlushL1, SpeculationGaps.None)]
    [InlineData("Skylake, old microcode", BranchRestriction.Missing, Fill,
        Old | SpeculationGaps.Taa | SpeculationGaps.Mmio | SpeculationGaps.Gds)]
    [InlineData("Cascade Lake", BranchRestriction.Always, Switch | Fill | Verw | History, SpeculationGaps.Its)]
    [InlineData("Ice Lake", BranchRestriction.Always, Switch | Fill | Verw | History, SpeculationGaps.Its)]
    [InlineData("Alder Lake", BranchRestriction.Always, Switch | Verw, SpeculationGaps.None)]
    [InlineData("Goldmont", BranchRestriction.AtExits, Write | Fill | Verw, SpeculationGaps.None)]
    [InlineData("Bonnell", BranchRestriction.NotNeeded, SpeculationMeasures.None, SpeculationGaps.None)]
    [InlineData("Zen 1", BranchRestriction.Barrier, Switch | Fill | Ibpb, SpeculationGaps.None)]
    [InlineData("Zen 2", BranchRestriction.Barrier, Fill | Ibpb, SpeculationGaps.None)]
    [InlineData("Zen 3", BranchRestriction.Barrier, Fill | Ibpb | Verw, SpeculationGaps.None)]
    [InlineData("Zen 3, old microcode", BranchRestriction.Always, Switch | Fill, SpeculationGaps.Srso | SpeculationGaps.Tsa)]
    [InlineData("Zen 4", BranchRestriction.Automatic, Fill | Ibpb | Verw, SpeculationGaps.None)]
    [InlineData("Zen 5", BranchRestriction.Automatic, Fill, SpeculationGaps.None)]
    [InlineData("Zen 5, immune", BranchRestriction.Automatic, Fill, SpeculationGaps.None)]
    [InlineData("Opteron, family 10h", BranchRestriction.Missing, Fill, SpeculationGaps.SpectreV2 | SpeculationGaps.Retbleed)]
    [InlineData("QEMU's EPYC", BranchRestriction.NotNeeded, SpeculationMeasures.None, SpeculationGaps.None)]
    [InlineData("EPYC under KVM", BranchRestriction.Barrier, Fill | Ibpb, SpeculationGaps.None)]
    [InlineData("Bochs, Skylake-X", BranchRestriction.Missing, Fill,
        Old | SpeculationGaps.Taa | SpeculationGaps.Mmio | SpeculationGaps.Gds)]
    [InlineData("Bochs, Ryzen", BranchRestriction.Missing, Fill,
        SpeculationGaps.SpectreV2 | SpeculationGaps.Retbleed | SpeculationGaps.Srso)]
    [InlineData("a processor of another make", BranchRestriction.NotNeeded, SpeculationMeasures.None, SpeculationGaps.Unknown)]
    public void Each_processor_gets_what_it_needs_and_what_it_lacks_is_told(
        string name, BranchRestriction branches, SpeculationMeasures measures, SpeculationGaps gaps)
    {
        SpeculationPolicy policy = PolicyOf(name);
        Assert.Equal((branches, measures, gaps), (policy.Branches, policy.Measures, policy.Gaps));
    }

    [Theory]
    [InlineData("Nehalem", true)]
    [InlineData("Haswell", true)]
    [InlineData("Skylake", true)]
    [InlineData("Cascade Lake", true)]
    [InlineData("Bochs, Skylake-X", true)]
    [InlineData("Ice Lake", false)]
    [InlineData("Alder Lake", false)]
    [InlineData("Goldmont", false)]
    [InlineData("Bonnell", false)]
    [InlineData("Zen 1", false)]
    [InlineData("QEMU's EPYC", false)]
    public void Large_pages_are_not_executed_where_that_can_end_in_a_machine_check(string name, bool expected)
        => Assert.Equal(expected, PolicyOf(name).ExecutesSmallPagesOnly);

    [Theory]
    [InlineData("Skylake", true)]
    [InlineData("Haswell", false)]
    [InlineData("Cascade Lake", true)]
    [InlineData("Zen 1", false)]
    public void Threads_of_a_core_leak_where_buffers_or_the_cache_do(string name, bool expected)
        => Assert.Equal(expected, PolicyOf(name).LeaksAcrossThreads);

    [Theory]
    [InlineData("Zen 5", true)]
    [InlineData("Zen 5, immune", false)]
    [InlineData("Zen 4", false)]
    public void Zen_5_has_a_bit_instead_of_barriers(string name, bool expected)
        => Assert.Equal(expected, PolicyOf(name).ReducesSpeculation);

    [Theory]
    [InlineData("Alder Lake", SpeculationBits.Restricted | SpeculationBits.HistoryDisable)]
    [InlineData("Cascade Lake", SpeculationBits.Restricted)]
    [InlineData("Zen 1", SpeculationBits.SingleThread)]
    [InlineData("Zen 4", 0)]
    public void The_hypervisors_own_control_word_is_what_the_processor_takes(string name, uint expected)
    {
        SpeculationPolicy policy = PolicyOf(name);
        Assert.Equal(expected, policy.HostControl);
        Assert.Equal(0u, policy.HostControl & ~policy.Facts.ControlBits);
    }

    [Theory]
    [InlineData("Zen 1", true)]
    [InlineData("Zen 3", false)]
    [InlineData("EPYC under KVM", false)]
    [InlineData("Skylake", false)]
    public void Fences_are_made_to_serialize_on_AMD_where_they_need_not(string name, bool expected)
        => Assert.Equal(expected, PolicyOf(name).SerializesFences);

    [Fact]
    public void Two_CPUs_are_alike_when_all_that_is_shown_is()
    {
        Assert.True(PolicyOf("Skylake").Equals(PolicyOf("Skylake")));
        Assert.False(PolicyOf("Zen 3").Equals(PolicyOf("Zen 3, old microcode")));
    }

    private static SpeculationPolicy PolicyOf(string name)
    {
        NamedProcessor processor = NamedProcessor.Of(name);
        return SpeculationPolicy.Decide(new SpeculationFacts(processor, processor.Capabilities));
    }
}
