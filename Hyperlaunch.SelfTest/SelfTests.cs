using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Boot;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Virtualization.Vmx;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The word <c>selftest</c> on the command line: tries what the kernel and its libraries rely on in the language and its runtime,
/// and reports each on a line of its own. <c>selftest-skip=NAME:REASON</c> leaves one out that an emulator cannot pass, and says
/// so.
/// </summary>
internal static class SelfTests
{
    /// <summary>The command line's word.</summary>
    public const string Word = "selftest";

    private const string SkipWord = "selftest-skip=";

    /// <summary>Runs every test and prints the tally.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="info">What the boot loader said of it.</param>
    /// <param name="reserved">What of its memory is in use.</param>
    public static void Run(PcMachine machine, BootInfo info, ReservedRanges reserved)
    {
        List<KeyValuePair<string, Func<bool>>> tests = [];
        LanguageTests.AddTo(tests);
        ArithmeticTests.AddTo(tests);
        ExceptionTests.AddTo(tests);
        new MachineTests(machine).AddTo(tests);
        Vmcs.IsPoisoned = true;
        if (machine.TryEnableVirtualization(out IVirtualization? virtualization, out string problem))
        {
            DirectConsole.Write($"(HV) selftest virtualization={virtualization!.Name} features=\"{virtualization.Features}\"\n");
            DirectConsole.Write($"(HV) selftest capabilities {virtualization.CapabilityWords}\n");
            new MemoryTests(virtualization!, info, reserved).AddTo(tests);
            RemoteCpu? remote = StartSecondCpu(machine);
            if (remote is not null)
            {
                new ConcurrencyTests(remote).AddTo(tests);
            }

            new GuestTests(virtualization, machine, remote).AddTo(tests);
        }
        else
        {
            DirectConsole.Write($"(HV) selftest virtualization=none problem=\"{problem}\"\n");
        }

        Dictionary<string, string> skips = ReadSkips(info.CommandLine);
        int passed = 0;
        int skipped = 0;
        int failed = 0;
        foreach ((string name, Func<bool> test) in tests)
        {
            if (skips.Remove(name, out string? reason))
            {
                skipped++;
                DirectConsole.Write($"(HV) selftest {name} skipped: {reason}\n");
                continue;
            }

            string verdict = Verdict(test);
            if (verdict == "ok")
            {
                passed++;
            }
            else
            {
                failed++;
            }

            DirectConsole.Write($"(HV) selftest {name} {verdict}\n");
        }

        foreach (string name in skips.Keys)
        {
            failed++;
            DirectConsole.Write($"(HV) selftest {name} FAILED: it is to be skipped, and there is no such test\n");
        }

        ulong plans = PlanFuzz.Run(PlanFuzz.SelfTestSeed, PlanFuzz.SelfTestCases);
        DirectConsole.Write($"(HV) selftest plans={PlanFuzz.SelfTestCases} digest=0x{plans:x}\n");
        DirectConsole.Write($"(HV) selftest passed={passed} skipped={skipped} failed={failed}\n");
        DirectConsole.Write("(HV) selftest done\n");
    }

    private static Dictionary<string, string> ReadSkips(string commandLine)
    {
        Dictionary<string, string> skips = [];
        foreach (string word in commandLine.Split(' '))
        {
            if (word.StartsWith(SkipWord, StringComparison.Ordinal))
            {
                string[] parts = word[SkipWord.Length..].Split(':', 2);
                skips[parts[0]] = parts.Length == 2 ? parts[1].Replace('-', ' ') : "no reason given";
            }
        }

        return skips;
    }

    private static RemoteCpu? StartSecondCpu(PcMachine machine)
    {
        if (machine.CpuCount == 1)
        {
            return null;
        }

        RemoteCpu remote = new(machine.Clock);
        bool runs = machine.TryStartCpu(1, remote) && remote.WaitUntilRunning();
        DirectConsole.Write($"(HV) selftest machine-second-cpu {(runs ? "ok" : "FAILED")}\n");
        return runs ? remote : null;
    }

    private static string Verdict(Func<bool> test)
    {
        try
        {
            return test() ? "ok" : "FAILED";
        }
#pragma warning disable CA1031 // A test may fail in any way; the report names it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return $"FAILED {exception.Message}";
        }
    }
}
