using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>Each file in Vectors is one behaviour: a configuration, and the plan and the problems that it must give.</summary>
public sealed class PlanVectorTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Domains", "Plan", "Vectors");

    public static TheoryData<string> Vectors
        => new(Directory.GetFiles(s_folder, "*.dts").Select(path => Path.GetFileNameWithoutExtension(path)!).Order());

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_configuration_gives_the_plan_that_it_says(string name)
    {
        PlanVector vector = new(Path.Combine(s_folder, name + ".dts"));
        LaunchPlan plan = vector.Plan();

        List<string> expectedProblems = [];
        foreach (string directive in vector.Directives)
        {
            string[] words = PlanVector.Words(directive);
            if (words[0] is "launch-error" or "domain-error" or "warning" or "note")
            {
                expectedProblems.Add(directive);
            }
            else
            {
                Check(plan, words);
            }
        }

        Assert.Equal(expectedProblems.Order(), plan.Problems.Select(Line).Order());
    }

    [Fact]
    public void There_are_at_least_150()
        => Assert.True(Vectors.Count >= 150, $"{Vectors.Count} vectors");

    [Fact]
    public void Every_problem_has_a_path_and_says_what_was_found()
    {
        foreach (string name in Vectors.Select(row => row.Data))
        {
            foreach (PlanProblem problem in new PlanVector(Path.Combine(s_folder, name + ".dts")).Plan().Problems)
            {
                Assert.NotEqual("", problem.Path);
                Assert.NotEqual("", problem.Found);
                Assert.True(problem.Expected.Length
                    + problem.Action.Length > 0, $"{name}: {Line(problem)} says nothing of what to do");
            }
        }
    }

    private static string Line(PlanProblem problem)
        => $"{PlanProblem.SeverityName(problem.Severity)} {problem.Rule.Name} {problem.Path} {problem.Property}".Trim();

    private static void Check(LaunchPlan plan, string[] words)
    {
        switch (words[0])
        {
            case "dialect":
                Assert.Equal(words[1], LaunchDialectNames.Name(plan.Dialect));
                break;
            case "domains":
                Assert.Equal(words[1], Text((uint)plan.Domains.Length));
                break;
            case "order":
                Assert.Equal(words[1..], plan.CreationOrder.Select(domain => domain.Name));
                break;
            case "owners":
                Assert.Equal(words[2], Text((uint)Module(plan, words[1]).Owners));
                break;
            case "headroom":
                Assert.Equal(words[2] == "yes", Module(plan, words[1]).Headroom > 0);
                break;
            case "module":
                Compare(words[2..], key => key == "start"
                    ? $"0x{Module(plan, words[1]).Module.Range.Start:x}" : $"0x{Module(plan, words[1]).Module.Range.Length:x}");
                break;
            case "hypervisor":
                Compare(words[1..], key => Hypervisor(plan.Hypervisor, key));
                break;
            case "domain":
                DomainPlan domain = Assert.Single(plan.Domains, candidate => candidate.Name == words[1].TrimEnd(':'));
                Compare(words[2..], key => Domain(domain, key));
                break;
            case "expected":
                Assert.Contains(plan.Problems, problem => problem.Expected.Contains(words[1], StringComparison.Ordinal));
                break;
            default:
                Assert.Fail("no such directive: " + words[0]);
                break;
        }
    }

    private static void Compare(string[] words, Func<string, string> actual)
    {
        foreach ((string key, string expected) in words.Select(PlanVector.Pair))
        {
            Assert.Equal($"{key}={(key == "roles" ? Sorted(expected) : expected)}", $"{key}={actual(key)}");
        }
    }

    private static string Domain(DomainPlan domain, string key) => key switch
    {
        "id" => Text(domain.Id.Value),
        "path" => domain.Path,
        "roles" => Sorted(DomainRoleNames.List(domain.Roles)),
        "dialect" => LaunchDialectNames.Name(domain.Dialect),
        "legacy" => domain.IsLegacyDom0 ? "yes" : "no",
        "launchable" => domain.IsLaunchable ? "yes" : "no",
        "mode" => Text((uint)domain.RequestedMode),
        "cpus" => Text(domain.VirtualCpus),
        "memory" => Text(domain.MemoryKib),
        "min" => Text(domain.MinimumMemoryKib),
        "max" => Text(domain.MaximumMemoryKib),
        "uuid" => domain.Uuid.Length == 0 ? "none" : Convert.ToHexStringLower(domain.Uuid),
        "security" => domain.SecurityId,
        "cmdline" => domain.CommandLine,
        "kernel" => Index(domain.Kernel),
        "ramdisk" => Index(domain.Ramdisk),
        "dtb" => Index(domain.DeviceTree),
        "config" => Index(domain.Configuration),
        "timeout" => Text(domain.BootTimeoutMilliseconds),
        "retain" => domain.RetainModules ? "yes" : "no",
        "direct" => domain.IsDirectMapped ? "yes" : "no",
        "crash" => domain.OnCrash.ToString().ToLowerInvariant(),
        "interface" => domain.Interface.ToString().ToLowerInvariant(),
        "loss" => domain.OnBackendLoss.ToString().ToLowerInvariant(),
        "disks" => string.Join(',', domain.Disks.Select(disk =>
            $"{disk.Target}:{disk.VirtualDevice}:{disk.Source}@{disk.BackendName}{(disk.IsReadOnly ? ":ro" : "")}")),
        "networks" => string.Join(',', domain.Networks.Select(network =>
            $"{network.Handle}:{network.Address:x12}@{network.BackendName}:{network.Bridge}")),
        _ => throw new ArgumentException(key),
    };

    private static string Hypervisor(HypervisorPlan hypervisor, string key) => key switch
    {
        "microcode" => Index(hypervisor.Microcode),
        "policy" => Index(hypervisor.SecurityPolicy),
        "bootargs" => hypervisor.BootArguments,
        "log" => hypervisor.Options.Log.ToString().ToLowerInvariant(),
        "end" => hypervisor.Options.End?.ToString().ToLowerInvariant() ?? "unsaid",
        _ => throw new ArgumentException(key),
    };

    private static ModuleUse Module(LaunchPlan plan, string index)
        => Assert.Single(plan.Modules, use => use.Module.Index == int.Parse(index, CultureInfo.InvariantCulture));

    private static string Index(BootModule? module) => module == null ? "none" : Text((uint)module.Index);

    private static string Sorted(string list) => string.Join(',', list.Split(',').Order());

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
