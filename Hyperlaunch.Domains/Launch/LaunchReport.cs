using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Passthrough;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Launch;

/// <summary>
/// The event lines of a launch, each in one place: the console contract that README.md documents. Keys stand in the order shown there.
/// </summary>
internal static class LaunchReport
{
    public static void Boot(EventLog log, BootInfo boot, int cpus, ulong usableBytes)
    {
        log.Begin("boot");
        log.Add("protocol", boot.Protocol == BootProtocol.Multiboot1 ? "multiboot1" : "multiboot2");
        log.AddQuoted("loader", boot.LoaderName);
        log.Add("cpus", (uint)cpus);
        log.Add("memory-mib", usableBytes >> 20);
        log.Add("modules", (uint)boot.Modules.Length);
        log.End();
    }

    public static void Module(EventLog log, BootModule module, ReadOnlySpan<byte> digest)
    {
        log.Begin("module");
        log.Add("index", (uint)module.Index);
        log.Add("kind", ModuleKindNames.Name(module.Kind));
        log.AddHex("address", module.Range.Start);
        log.Add("size", module.Range.Length);
        log.Add("headroom", module.Headroom);
        log.Add("owners", (uint)module.Owners);
        log.AddQuoted("string", module.CommandLine);
        if (!digest.IsEmpty)
        {
            log.AddHex("sha256", digest);
        }

        log.End();
    }

    public static void Plan(EventLog log, LaunchPlan plan)
    {
        log.Begin("plan");
        log.Add("dialect", LaunchDialectNames.Name(plan.Dialect));
        log.Add("domains", (uint)plan.Domains.Length);
        log.Add("problems", (uint)(plan.Problems.Length + plan.OmittedProblems));
        log.End();
    }

    public static void Problem(EventLog log, PlanProblem problem)
    {
        log.BeginSentence();
        log.Text(PlanProblem.SeverityName(problem.Severity));
        log.Text(": ");
        log.Text(problem.Describe());
        log.End();
    }

    public static void Virtualization(EventLog log, IVirtualization virtualization)
    {
        log.Begin("virtualization");
        log.Add("extension", virtualization.Name);
        log.AddQuoted("features", virtualization.Features);
        log.End();
    }

    public static void CapabilityWords(EventLog log, IVirtualization virtualization)
    {
        log.BeginSentence();
        log.Text("Capability words: ");
        log.Text(virtualization.CapabilityWords);
        log.End();
    }

    public static void CpuFailed(EventLog log, int cpu)
    {
        log.Begin("cpu-failed");
        log.Add("cpu", (uint)cpu);
        log.AddQuoted("problem", "It did not start; the domains share the others.");
        log.End();
    }

    public static void DomainCreated(EventLog log, Domain domain, in DomainEntry entry)
    {
        log.Begin("domain-created");
        Identity(log, domain);
        log.Add("mode", EntryProtocolNames.Name(entry.Protocol));
        log.Add("vcpus", (ulong)domain.VirtualCpus);
        log.Add("memory-mib", domain.Machine!.Memory.Layout.Size >> 20);
        log.Add("roles", domain.RoleNames);
        log.AddHex("entry", entry.Address);
        log.End();
    }

    public static void Hardware(EventLog log, Domain domain)
    {
        HardwareAccess? hardware = domain.Hardware;
        if (hardware is null)
        {
            return;
        }

        log.Begin("hardware");
        Identity(log, domain);
        log.Add("functions", (uint)hardware.Topology.Functions.Count);
        log.Key("lines");
        for (int line = 0, count = 0; line < PlatformLayout.IsaLines; line++)
        {
            if ((hardware.Lines & (1u << line)) != 0)
            {
                log.Text(count == 0 ? "" : ",");
                log.Number((uint)line);
                count++;
            }
        }

        log.Add("mapped-kib", hardware.MappedBytes >> 10);
        log.Add("refused", (uint)hardware.RefusedClaims);
        log.End();
        log.Say("There is no IOMMU: the devices that " + domain.Name + " drives reach all memory, so it is trusted with the machine.");
    }

    public static void DomainFailed(EventLog log, Domain domain, LaunchPhaseKind phase, string problem)
    {
        log.Begin("domain-failed");
        Identity(log, domain);
        log.Add("phase", LaunchPhaseNames.Name(phase));
        log.AddQuoted("problem", problem);
        log.End();
    }

    public static void DomainStarted(EventLog log, Domain domain) => DomainEvent(log, "domain-started", domain);

    public static void DomainEvent(EventLog log, string name, Domain domain)
    {
        log.Begin(name);
        Identity(log, domain);
        log.End();
    }

    public static void PreparationStarted(EventLog log, Domain boot)
    {
        log.Begin("preparation-started");
        Identity(log, boot);
        log.Add("timeout-ms", boot.Plan.BootTimeoutMilliseconds);
        log.End();
    }

    public static void BootDomainReclaimed(EventLog log, Domain boot, ulong bytes)
    {
        log.Begin("boot-domain-reclaimed");
        Identity(log, boot);
        log.Add("kib", bytes >> 10);
        log.End();
    }

    public static void RecoveryStarted(EventLog log, Domain recovery, Domain failed)
    {
        log.Begin("recovery-started");
        Identity(log, recovery);
        log.Add("failed", failed.Id);
        log.End();
    }

    public static void LaunchFinal(EventLog log, int domains, int started, ulong reclaimedBytes)
    {
        log.Begin("launch-final");
        log.Add("domains", (uint)domains);
        log.Add("started", (uint)started);
        log.Add("reclaimed-kib", reclaimedBytes >> 10);
        log.End();
    }

    public static void DomainStopped(EventLog log, Domain domain, in StopRecord record)
    {
        log.Begin("domain-stopped");
        Identity(log, domain);
        log.Add("reason", StopReasonNames.Name(record.Reason));
        if (StopReasonNames.HasRegisters(record.Reason))
        {
            Registers(log, in record);
        }

        log.End();
    }

    public static void Exits(EventLog log, Domain domain, ExitCounts exits, ulong allocations)
    {
        log.Begin("exits");
        log.Add("domid", domain.Id);
        ulong total = 0;
        for (int i = 0; i < ExitCounts.ReasonCount; i++)
        {
            total += exits[i];
        }

        log.Add("total", total);
        for (int i = 0; i < ExitCounts.ReasonCount; i++)
        {
            if (exits[i] != 0)
            {
                log.Add(ExitCounts.Name((ExitReason)i), exits[i]);
            }
        }

        log.Add("touched-mib", domain.Machine!.Memory.PopulatedBytes >> 20);
        log.Add("allocations", allocations);
        log.End();
    }

    public static void MachineEnds(EventLog log, EndAction action, string reason)
    {
        log.Begin(action == EndAction.Reboot ? "machine-restart" : "machine-off");
        log.Add("reason", reason);
        log.End();
    }

    private static void Identity(EventLog log, Domain domain)
    {
        log.Add("domid", domain.Id);
        log.Add("name", domain.Name);
    }

    private static void Registers(EventLog log, in StopRecord record)
    {
        log.Add("vcpu", (uint)record.ProcessorIndex);
        log.Add("exit", ExitCounts.Name(record.Exit.Reason));
        if (record.Exit.Diagnosis is not null)
        {
            log.AddQuoted("problem", record.Exit.Diagnosis);
        }

        log.AddHex("code", record.Exit.RawReason);
        log.AddHex("qualification", record.Exit.Qualification);
        log.AddHex("address", record.Exit.GuestPhysicalAddress);
        log.AddHex("cs", record.Cs);
        log.AddHex("rip", record.Rip);
        log.AddHex("rsp", record.Rsp);
        log.AddHex("rflags", record.Rflags);
        log.AddHex("cr0", record.Cr0);
        log.AddHex("cr2", record.Cr2);
        log.AddHex("cr3", record.Cr3);
        log.AddHex("cr4", record.Cr4);
        log.AddHex("efer", record.Efer);
    }
}
