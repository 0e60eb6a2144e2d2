using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>
/// The dom0-only example of the RFC, exactly as it was posted, under a menu entry that loads a ramdisk as well.
/// </summary>
public sealed class SeedExampleTests
{
    private const string Source = """
        /dts-v1/;
        / {
            chosen {
                hypervisor {
                    compatible = "hypervisor,xen";
                    dom0 {
                        compatible = "xen,domain";
                        domid = <0>;
                        permissions = <3>;
                        functions = <0xC000000F>;
                        mode = <5>;
                        domain-uuid = [B3 FB 98 FB 8F 9F 67 A3 8A 6E 62 5A 09 13 F0 8C];
                        cpus = <1>;
                        memory = <0x0 0x20000000>;
                        kernel {
                            compatible = "module,kernel", "multiboot,module";
                            mb-index = <1>;
                        };
                    };
                };
            };
        };
        """;

    private readonly FakeMachine _machine = new();

    private LaunchPlan Plan()
    {
        _machine.Add(DeviceTreeCompiler.Compile(Source));
        _machine.Add(FakeKernel.Elf(hasNote: true), "placeholder root=/dev/sda1 ro quiet");
        _machine.Add(new byte[4096]);
        return _machine.Plan();
    }

    [Fact]
    public void Launches_one_domain_with_what_the_tree_says()
    {
        LaunchPlan plan = Plan();

        DomainPlan domain = Assert.Single(plan.CreationOrder);
        Assert.Equal(LaunchDialect.Year2021, plan.Dialect);
        Assert.Equal("dom0", domain.Name);
        Assert.Equal(0u, domain.Id.Value);
        Assert.Equal(1u, domain.VirtualCpus);
        Assert.Equal("control,hardware,console,xenstore,recovery", DomainRoleNames.List(domain.Roles));
        Assert.Equal(16, domain.Uuid.Length);
        Assert.Equal(0xB3, domain.Uuid[0]);
        Assert.Equal(0x8C, domain.Uuid[15]);
        Assert.Equal(1, domain.Kernel?.Index);
        Assert.Equal("root=/dev/sda1 ro quiet", domain.CommandLine);
        Assert.Same(domain, plan.ConsoleDomain);
        Assert.Null(plan.BootDomain);
        Assert.Null(plan.RecoveryDomain);
    }

    [Fact]
    public void Takes_the_module_that_nobody_claims_as_its_ramdisk()
    {
        LaunchPlan plan = Plan();

        Assert.Equal(2, plan.Domains[0].Ramdisk?.Index);
        Assert.Equal(ModuleKind.Ramdisk, plan.Modules[2].Kind);
        Assert.Contains(plan.Problems, problem => problem.Rule == ProblemRule.RamdiskTaken);
    }

    [Fact]
    public void Clamps_its_memory_to_the_machine_and_says_both_readings()
    {
        LaunchPlan plan = Plan();

        Assert.InRange(plan.Domains[0].MemoryKib, 1900ul << 10, 2048ul << 10);
        PlanProblem problem = Assert.Single(plan.Problems, problem => problem.Rule == ProblemRule.MemoryClamped);
        Assert.Equal(ProblemSeverity.Warning, problem.Severity);
        Assert.Contains("512 GiB", problem.Found, System.StringComparison.Ordinal);
        Assert.Contains("512 MiB", problem.Found, System.StringComparison.Ordinal);
        Assert.True(plan.Memory.Fits);
    }

    [Fact]
    public void Has_no_error()
    {
        LaunchPlan plan = Plan();

        Assert.Equal(0, plan.Count(ProblemSeverity.LaunchError) + plan.Count(ProblemSeverity.DomainError));
    }
}
