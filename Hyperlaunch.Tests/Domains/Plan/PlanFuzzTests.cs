using System;
using System.Diagnostics;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>
/// Trees made up from seeds: whatever they hold, a plan comes of them, in bounded time, with problems that say where.
/// </summary>
public sealed class PlanFuzzTests
{
    [Theory]
    [InlineData(1ul)]
    [InlineData(20ul)]
    [InlineData(ulong.MaxValue)]
    public void The_same_seed_gives_the_same_digest(ulong seed)
        => Assert.Equal(PlanFuzz.Run(seed, 500), PlanFuzz.Run(seed, 500));

    [Fact]
    public void A_self_test_leaves_little_enough_behind_for_a_kernel_without_a_collector()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        PlanFuzz.Run(PlanFuzz.SelfTestSeed, PlanFuzz.SelfTestCases);

        long perCase = (GC.GetAllocatedBytesForCurrentThread() - before) / PlanFuzz.SelfTestCases;
        Assert.InRange(perCase, 1, 64 * 1024);
    }

    [Fact]
    public void Another_seed_gives_another_digest()
        => Assert.NotEqual(PlanFuzz.Run(1, 500), PlanFuzz.Run(2, 500));

    [Fact]
    public void No_problem_lacks_a_path_and_no_launched_domain_lacks_a_kernel()
    {
        PlanFuzz fuzz = PlanFuzz.Start(2021);
        Stopwatch watch = Stopwatch.StartNew();
        int launched = 0;
        int stopped = 0;
        for (int index = 0; index < 20_000; index++)
        {
            LaunchPlan plan = fuzz.Next();

            Assert.All(plan.Problems, problem => Assert.NotEqual("", problem.Path));
            Assert.All(plan.CreationOrder, domain => Assert.True(
                domain.IsLaunchable && domain.Kernel != null && domain.VirtualCpus > 0 && !domain.Id.IsReserved
                || domain.Id.Value == DomainId.HistoricalBootDomain));
            Assert.Equal(plan.CreationOrder.Length, plan.CreationOrder.Select(domain => domain.Id.Value).Distinct().Count());
            Assert.Equal(plan.Domains.Length, plan.Domains.Select(domain => domain.Name).Distinct().Count());
            Assert.True(plan.CanLaunch || plan.Count(ProblemSeverity.LaunchError) > 0);
            launched += plan.CanLaunch ? 1 : 0;
            stopped += plan.CanLaunch ? 0 : 1;
        }

        // Trees that all launch, or all fail, would try only half of the reader.
        Assert.InRange(launched, 4_000, 16_000);
        Assert.InRange(stopped, 4_000, 16_000);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1));
    }
}
