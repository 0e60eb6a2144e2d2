using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>What protects a group of CPUs from guests' speculation, as the event <c>speculation</c> has it.</summary>
internal static class SpeculationText
{
    // By the bits of SpeculationGaps.
    private static readonly string[] s_gaps =
    [
        "unknown-processor", "spectre-v2", "retbleed", "srso", "its", "mds", "taa", "mmio", "rfds", "gds", "l1tf", "tsa", "smt",
    ];

    public static void Add(RecordLine line, SpeculationPolicy policy, bool usesThreads)
    {
        SpeculationMeasures measures = policy.Measures;
        line.Add("ibrs", Name(policy.Branches));
        line.Add("rsb", Done(measures, SpeculationMeasures.FillReturns, "filled"));
        line.Add("bhb", HistoryOf(policy));
        line.Add("ibpb", BarrierOf(policy));
        line.Add("verw", Done(measures, SpeculationMeasures.ClearBuffers, "entries"));
        line.Add("l1d", Done(measures, SpeculationMeasures.FlushL1, "flushed"));
        line.Add("code-pages", policy.ExecutesSmallPagesOnly ? "4k" : "any");
        line.Add("smt", !policy.Facts.HasThreads ? "none" : usesThreads ? "on" : "off");
        SpeculationGaps gaps = policy.Gaps;
        gaps |= policy.LeaksAcrossThreads && usesThreads ? SpeculationGaps.Threads : 0;
        line.Key("missing");
        line.Text(gaps == SpeculationGaps.None ? "none" : "");
        for (int i = 0, count = 0; i < s_gaps.Length; i++)
        {
            if (((uint)gaps >> i & 1) != 0)
            {
                line.Text(count == 0 ? "" : ",");
                line.Text(s_gaps[i]);
                count++;
            }
        }
    }

    private static string Name(BranchRestriction branches) => branches switch
    {
        BranchRestriction.Automatic => "automatic",
        BranchRestriction.Always => "always",
        BranchRestriction.AtExits => "exits",
        BranchRestriction.Barrier => "barrier",
        BranchRestriction.Missing => "missing",
        _ => "not-needed",
    };

    private static string Done(SpeculationMeasures measures, SpeculationMeasures measure, string name)
        => (measures & measure) != 0 ? name : "not-needed";

    private static string HistoryOf(SpeculationPolicy policy)
        => (policy.HostControl & SpeculationBits.HistoryDisable) != 0 ? "unused"
            : Done(policy.Measures, SpeculationMeasures.ClearHistory, "cleared");

    private static string BarrierOf(SpeculationPolicy policy)
        => (policy.Measures & SpeculationMeasures.Barrier) != 0 ? "exits"
            : policy.Facts.HasBarrier ? "switches"
            : policy.Facts.IsEmulated ? "not-needed" : "missing";
}
