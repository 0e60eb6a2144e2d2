using System;
using System.Linq;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

public sealed class SpeculationReportTests : IDisposable
{
    private readonly LaunchMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(
        "QEMU's EPYC",
        "cpus=0 ibrs=not-needed rsb=not-needed bhb=not-needed ibpb=not-needed verw=not-needed l1d=not-needed code-pages=any "
            + "smt=none missing=none")]
    [InlineData(
        "Skylake",
        "cpus=0 ibrs=exits rsb=filled bhb=not-needed ibpb=switches verw=entries l1d=flushed code-pages=4k smt=on missing=smt")]
    [InlineData(
        "Alder Lake",
        "cpus=0 ibrs=always rsb=not-needed bhb=unused ibpb=switches verw=entries l1d=not-needed code-pages=any smt=none "
            + "missing=none")]
    [InlineData(
        "Cascade Lake",
        "cpus=0 ibrs=always rsb=filled bhb=cleared ibpb=switches verw=entries l1d=not-needed code-pages=4k smt=on "
            + "missing=its,smt")]
    [InlineData(
        "Bochs, Ryzen",
        "cpus=0 ibrs=missing rsb=filled bhb=not-needed ibpb=missing verw=not-needed l1d=not-needed code-pages=any smt=none "
            + "missing=spectre-v2,retbleed,srso")]
    public void A_line_says_what_is_in_force_and_what_is_missing(string name, string expected)
    {
        _machine.PolicyOf = _ => PolicyOf(name);
        Launch(1);
        Assert.EndsWith(" speculation " + expected, _machine.Line(" speculation "), StringComparison.Ordinal);
    }

    [Fact]
    public void CPUs_that_are_alike_share_a_line()
    {
        _machine.ApicIds = [0, 1, 2, 3, 4];
        _machine.PolicyOf = cpu => PolicyOf(cpu is 1 or 2 or 3 ? "Zen 3" : "Zen 3, old microcode");
        Launch(5);
        string[] lines = [.. _machine.Lines.Where(line => line.Contains(" speculation ", StringComparison.Ordinal))];
        Assert.Equal(["cpus=0", "cpus=1-3", "cpus=4"], lines.Select(line => line.Split(' ')[3]));
    }

    [Fact]
    public void Without_the_option_every_thread_is_used()
    {
        LaunchFour("");
        Assert.Equal([1, 2, 3], _machine.StartedCpus);
        Assert.DoesNotContain("smt=off", _machine.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_smt_off_the_other_threads_of_a_core_are_left_alone_and_that_is_said()
    {
        LaunchFour("smt=off");
        Assert.Equal([1], _machine.StartedCpus);
        Assert.Contains(
            "(HV) With smt=off 2 of the CPUs are not used: each is a thread of a core that another one has.", _machine.Lines);
    }

    [Fact]
    public void With_smt_off_nothing_leaks_to_another_thread()
    {
        _machine.PolicyOf = _ => PolicyOf("Skylake");
        _machine.CommandLine = "smt=off";
        Launch(1);
        Assert.EndsWith(" smt=off missing=none", _machine.Line(" speculation "), StringComparison.Ordinal);
    }

    // Two cores of two threads; the firmware lists the first thread of each before the second ones.
    private void LaunchFour(string commandLine)
    {
        _machine.Processor.Set(0x1F, 0, 1, 2, 1u << 8, 0);
        _machine.ApicIds = [0, 2, 1, 3];
        _machine.CommandLine = commandLine;
        Launch(4);
    }

    private void Launch(int processors)
    {
        _machine.Module(DeviceTreeCompiler.Compile($$"""
            /dts-v1/;
            / { chosen { hypervisor { compatible = "hypervisor,xen"; a {
                compatible = "xen,domain";
                memory = <0x0 0x8000>;
                cpus = <{{processors}}>;
                kernel { compatible = "module,kernel"; module-index = <1>; };
            }; }; }; };
            """)).Module(FakeKernel.BzImage());
        _machine.Run(1);
    }

    private static SpeculationPolicy PolicyOf(string name)
    {
        NamedProcessor processor = NamedProcessor.Of(name);
        return SpeculationPolicy.Decide(new SpeculationFacts(processor, processor.Capabilities));
    }
}
