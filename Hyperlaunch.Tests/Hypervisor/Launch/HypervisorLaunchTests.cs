using System;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

public sealed class HypervisorLaunchTests : IDisposable
{
    private const ushort AcpiControl = 0x604;
    private const uint SoftOff = 0x2000 | (5 << 10);
    private const ushort ResetControl = 0xCF9;

    private readonly LaunchMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_classic_boot_creates_starts_and_finalizes_in_the_documented_lines()
    {
        _machine.Guests.Add(PowerOff);
        _machine.Module(FakeKernel.BzImage(), "console=ttyS0").Module(new byte[5000]);
        Assert.Equal(EndAction.PowerOff, _machine.Run());
        string[] events = [.. _machine.Lines.Where(line => line.StartsWith("(HV) @", StringComparison.Ordinal)).Select(Event)];
        Assert.Equal(
            [
                "boot", "module", "module", "plan", "virtualization", "speculation", "domain-created", "domain-started",
                "launch-final", "domain-stopped", "exits", "machine-off",
            ],
            events);
        Assert.Contains(
            "boot protocol=multiboot2 loader=\"fake loader\" cpus=1 memory-mib=128 modules=2 image=0x100000",
            _machine.Line(" boot "), StringComparison.Ordinal);
        Assert.EndsWith(" domain-stopped domid=0 name=dom0 reason=poweroff", _machine.Line(
            "domain-stopped"), StringComparison.Ordinal);
        Assert.EndsWith("allocations=0", _machine.Line(" exits "), StringComparison.Ordinal);
        Assert.EndsWith(" machine-off reason=no-domains", _machine.Line("machine-off"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_domain_is_told_behind_its_last_words_however_busy_the_console_is()
    {
        _machine.ConsoleTimePerByte = 50_000;
        LaunchTree.Load(_machine, LaunchTree.Node("busy", 1), LaunchTree.Node("brief", 2));
        ScriptedGuest.Add(_machine, guest => ScriptedGuest.Then(
            [.. Enumerable.Range(0, 100).Select(i => guest.Print($"line {i}")), guest.PowerOff()]));
        ScriptedGuest.Add(_machine, _ => []);
        ScriptedGuest.Add(_machine, guest => ScriptedGuest.Then(guest.Print("last words"), guest.PowerOff()));
        ScriptedGuest.Add(_machine, _ => []);

        _machine.Run(50_000);

        string[] lines = _machine.Lines;
        int words = Array.FindIndex(lines, line => line == "(d2) last words");
        int end = Array.FindIndex(lines, line => line.Contains("domain-stopped domid=2", StringComparison.Ordinal));
        Assert.InRange(words, 0, end);
    }

    [Fact]
    public void A_module_located_by_address_is_kept_from_the_domains_memory()
    {
        // Domains' memory comes from the upper end, where the module lies, across the border of two chunks.
        const ulong address = (126 << 20) - 512;
        byte[] kernel = FakeKernel.Make("small");
        _machine.Guests.Add(PowerOff);
        _machine.Put(address, kernel);
        _machine.Module(DeviceTreeCompiler.Compile($$"""
            /dts-v1/;
            / { chosen { hypervisor { compatible = "hypervisor,xen"; a {
                compatible = "xen,domain";
                memory = <0x0 0xc000>;
                kernel { compatible = "module,kernel"; module-addr = <0x0 {{address}} {{kernel.Length}}>; };
            }; }; }; };
            """));

        _machine.Run();

        Assert.Contains("name=a reason=poweroff", _machine.Line("domain-stopped"), StringComparison.Ordinal);
        Assert.Equal(kernel, _machine.At(address, kernel.Length));
        Assert.DoesNotContain(
            _machine.Allocator!.FreeRanges.ToArray(), range
            => range.Start < address + (ulong)kernel.Length && address < range.End);
    }

    [Fact]
    public void Memory_beyond_the_limit_is_given_to_nobody_even_when_a_module_leaves_it()
    {
        const ulong limit = 64 << 20;
        _machine.Guests.Add(PowerOff);
        _machine.CommandLine = "mem=64M";
        _machine.Module(new byte[100]).Module(FakeKernel.BzImage());
        _machine.Run(200);

        Assert.NotEmpty(_machine.Allocator!.FreeRanges.ToArray());
        Assert.DoesNotContain(_machine.Allocator!.FreeRanges.ToArray(), range => range.End > limit);
    }

    [Theory]
    [InlineData("log=debug", 1)]
    [InlineData("log=info", 0)]
    public void Capability_words_are_for_those_who_ask(string commandLine, int lines)
    {
        _machine.Guests.Add(PowerOff);
        _machine.CommandLine = commandLine;
        _machine.Module(FakeKernel.BzImage());
        _machine.Run();
        Assert.Equal(lines, _machine.Lines.Count(line => line == "(HV) Capability words: none=0x1"));
    }

    [Fact]
    public void A_refused_state_is_told_in_a_sentence()
    {
        _machine.CommandLine = "end=poweroff";
        _machine.Guests.Add(_ => new VmExit { Reason = ExitReason.InvalidState, Diagnosis = "Guest CS is unusable." });
        _machine.Module(FakeKernel.BzImage());
        _machine.Run();
        Assert.Contains("exit=invalid-state problem=\"Guest CS is unusable.\"", _machine.Line(
            "domain-stopped"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_virtualization_it_says_so_and_nothing_starts()
    {
        _machine.CommandLine = "end=poweroff";
        _machine.VirtualizationProblem = "This processor has no AMD-V.";
        _machine.Module(FakeKernel.BzImage());
        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Contains("(HV) This processor has no AMD-V.", _machine.Lines);
        Assert.Contains("started=0", _machine.Line("launch-final"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("elf")]
    [InlineData("empty")]
    public void A_kernel_that_is_none_is_one_clear_line_and_the_machine_ends_as_told(string kind)
    {
        _machine.CommandLine = "end=poweroff";
        _machine.Module(FakeKernel.Make(kind));
        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Single(_machine.Lines, line => line.Contains("error", StringComparison.Ordinal)
            && line.Contains("Module 0", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("started=0", _machine.Line("launch-final"), StringComparison.Ordinal);
    }

    [Fact]
    public void With_nothing_to_boot_the_machine_can_stay_at_its_console()
    {
        _machine.CommandLine = "end=halt";
        Assert.Null(_machine.Run(10));
        Assert.Contains("(HV) No domain runs. The machine stays up: type help.", _machine.Lines);
        _machine.Dispose();
    }

    [Fact]
    public void The_hypervisors_console_lists_domains_and_turns_the_machine_off()
    {
        _machine.CommandLine = "end=halt";
        _machine.Guests.Add(PowerOff);
        _machine.Module(FakeKernel.BzImage());
        _machine.Type("\u0001\u0001\u0001lisx\x7ft\r\rnonsense\rpoweroff\r");
        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Contains(_machine.Lines, line => line.StartsWith("(HV) domid=0 name=dom0 state=", StringComparison.Ordinal));
        Assert.Contains("(HV) error: There is no such command. Type help for those that there are.", _machine.Lines);
        Assert.EndsWith("machine-off reason=console", _machine.Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reboot", 0)]
    [InlineData("poweroff", 1)]
    [InlineData("triple-fault", 2)]
    [InlineData("unhandled-exit", 3)]
    [InlineData("invalid-state", 4)]
    [InlineData("halted", 5)]
    public void Each_way_to_end_is_told_apart(string reason, int how)
    {
        Func<FakeVirtualProcessor, VmExit>[] ways =
        [
            cpu => Out(cpu, ResetControl, 1, 6),
            PowerOff,
            _ => new VmExit { Reason = ExitReason.TripleFault, RawReason = 0x7F },
            _ => new VmExit { Reason = ExitReason.Unknown, RawReason = 0x99 },
            _ => new VmExit { Reason = ExitReason.InvalidState, RawReason = ulong.MaxValue },
            _ => new VmExit { Reason = ExitReason.Halt },
        ];
        _machine.CommandLine = "end=poweroff";
        _machine.Guests.Add(ways[how]);
        _machine.Module(FakeKernel.BzImage());
        Assert.NotNull(_machine.Run());
        string line = _machine.Line("domain-stopped");
        Assert.Contains(" reason=" + reason, line, StringComparison.Ordinal);
        Assert.Equal(how is >= 2 and <= 4, line.Contains(" rip=0x", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_domains_share_a_kernel_and_one_ones_end_leaves_the_other_running()
    {
        int turns = 0;
        _machine.CommandLine = "end=poweroff";
        _machine.Guests.Add(_ => new VmExit { Reason = ExitReason.TripleFault });
        _machine.Guests.Add(cpu => ++turns < 50 ? new VmExit { Reason = ExitReason.ExternalInterrupt } : PowerOff(cpu));
        _machine.Module(DeviceTreeCompiler.Compile(TwoDomains)).Module(FakeKernel.BzImage());
        Assert.Equal(EndAction.PowerOff, _machine.Run());
        int first = Array.FindIndex(_machine.Lines, line => line.Contains("reason=triple-fault", StringComparison.Ordinal));
        int second = Array.FindIndex(_machine.Lines, line => line.Contains("reason=poweroff", StringComparison.Ordinal));
        Assert.True(first > 0 && second > first);
        Assert.Contains("owners=2", _machine.Line("module index=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Module_memory_is_scrubbed_and_given_back_when_launch_is_final()
    {
        _machine.Guests.Add(PowerOff);
        byte[] secret = Encoding.ASCII.GetBytes(new string('s', 8192));
        _machine.Module(FakeKernel.BzImage()).Module(secret);
        _machine.Run();
        Assert.Equal(new byte[secret.Length], _machine.At(_machine.ModuleAt(1).Range.Start, secret.Length));
        Assert.Contains("reclaimed-kib=12", _machine.Line("launch-final"), StringComparison.Ordinal);
    }

    [Fact]
    public void Measuring_adds_the_digest_of_each_module()
    {
        _machine.CommandLine = "measure";
        _machine.Module(Encoding.ASCII.GetBytes("abc"));
        _machine.Run();
        Assert.EndsWith(
            "sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", _machine.Line("module index=0"),
                StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_guest_prints_carries_its_number()
    {
        string text = "hi\n";
        int next = 0;
        _machine.Guests.Add(cpu => next < text.Length ? Out(cpu, 0x3F8, 1, text[next++]) : PowerOff(cpu));
        _machine.Module(FakeKernel.BzImage());
        _machine.Run();
        Assert.Contains("(d0) hi", _machine.Lines);
    }

    private const string TwoDomains = """
        /dts-v1/;
        / {
            chosen {
                hypervisor {
                    compatible = "hypervisor,xen";
                    first {
                        compatible = "xen,domain";
                        domid = <1>;
                        memory = <0 0x5000>;
                        cpus = <1>;
                        kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <1>; };
                    };
                    second {
                        compatible = "xen,domain";
                        domid = <2>;
                        memory = <0 0x5000>;
                        cpus = <1>;
                        kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <1>; };
                    };
                };
            };
        };
        """;

    private static VmExit PowerOff(FakeVirtualProcessor cpu) => Out(cpu, AcpiControl, 2, SoftOff);

    private static VmExit Out(FakeVirtualProcessor cpu, ushort port, byte size, uint value)
    {
        cpu.SetRegister(GuestRegister.Rax, value);
        return new VmExit { Reason = ExitReason.PortAccess, Port = port, Size = size, NextInstruction = cpu.Rip };
    }

    private static string Event(string line) => line.Split(' ')[2];
}
