using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The event lines of a launch, each in one place: the console contract that README.md documents. Keys stand in the order shown
/// there.
/// </summary>
internal static class LaunchReport
{
    public static void Boot(EventLog log, BootInfo boot, int cpus, ulong usableBytes, ulong image)
    {
        RecordLine line = log.Begin("boot");
        line.Add("protocol", boot.Protocol == BootProtocol.Multiboot1 ? "multiboot1" : "multiboot2");
        line.AddQuoted("loader", boot.LoaderName);
        line.Add("cpus", (uint)cpus);
        line.Add("memory-mib", usableBytes >> 20);
        line.Add("modules", (uint)boot.Modules.Length);
        line.AddHex("image", image);
        log.End();
    }

    public static void Module(EventLog log, ModuleUse use, ReadOnlySpan<byte> digest)
    {
        BootModule module = use.Module;
        RecordLine line = log.Begin("module");
        line.Add("index", (uint)module.Index);
        line.Add("kind", ModuleKindNames.Name(use.Kind));
        line.AddHex("address", module.Range.Start);
        line.Add("size", module.Range.Length);
        line.Add("headroom", use.Headroom);
        line.Add("owners", (uint)use.Owners);
        line.AddQuoted("string", module.CommandLine);
        if (!digest.IsEmpty)
        {
            line.AddHex("sha256", digest);
        }

        log.End();
    }

    public static void Plan(EventLog log, LaunchPlan plan)
    {
        RecordLine line = log.Begin("plan");
        line.Add("dialect", LaunchDialectNames.Name(plan.Dialect));
        line.Add("domains", (uint)plan.Domains.Length);
        line.Add("problems", (uint)(plan.Problems.Length + plan.OmittedProblems));
        log.End();
    }

    /// <summary>Says what the machine has noticed about itself meanwhile.</summary>
    public static void Notices(EventLog log, IMachine machine)
    {
        while (machine.TakeNotice() is { } notice)
        {
            log.Say(notice);
        }
    }

    public static void Problem(EventLog log, PlanProblem problem)
    {
        RecordLine line = log.BeginSentence();
        line.Text(PlanProblem.SeverityName(problem.Severity));
        line.Text(": ");
        line.Text(problem.Describe());
        log.End();
    }

    public static void Virtualization(EventLog log, IVirtualization virtualization)
    {
        RecordLine line = log.Begin("virtualization");
        line.Add("extension", virtualization.Name);
        line.AddQuoted("features", virtualization.Features);
        log.End();
    }

    public static void CapabilityWords(EventLog log, IVirtualization virtualization)
    {
        RecordLine line = log.BeginSentence();
        line.Text("Capability words: ");
        line.Text(virtualization.CapabilityWords);
        log.End();
    }

    public static void Speculation(EventLog log, int first, int last, SpeculationPolicy policy, bool usesThreads)
    {
        RecordLine line = log.Begin("speculation");
        line.Key("cpus");
        line.Number((uint)first);
        if (last != first)
        {
            line.Text("-");
            line.Number((uint)last);
        }

        SpeculationText.Add(line, policy, usesThreads);
        log.End();
    }

    public static void SiblingsUnused(EventLog log, int count)
    {
        RecordLine line = log.BeginSentence();
        line.Text("With smt=off ");
        line.Number((uint)count);
        line.Text(" of the CPUs are not used: each is a thread of a core that another one has.");
        log.End();
    }

    public static void CpuFailed(EventLog log, int cpu)
    {
        RecordLine line = log.Begin("cpu-failed");
        line.Add("cpu", (uint)cpu);
        line.AddQuoted("problem", "It did not start; the domains share the others.");
        log.End();
    }

    public static void DomainCreated(EventLog log, Domain domain)
    {
        ref readonly DomainEntry entry = ref domain.Machine.Entry;
        RecordLine line = log.Begin("domain-created");
        Identity(line, domain.Plan);
        line.Add("mode", entry.Mode);
        line.Add("vcpus", (ulong)domain.VirtualCpus);
        line.Add("memory-mib", domain.Machine.Memory.Layout.Size >> 20);
        line.Add("roles", domain.RoleNames);
        line.AddHex("entry", entry.Address);
        log.End();
    }

    public static void Hardware(EventLog log, Domain domain)
    {
        HardwareAccess? hardware = domain.Hardware;
        if (hardware is null)
        {
            return;
        }

        RecordLine line = log.Begin("hardware");
        Identity(line, domain.Plan);
        line.Add("functions", (uint)hardware.Topology.Functions.Count);
        line.Key("lines");
        for (int i = 0, count = 0; i < PlatformLayout.IsaLines; i++)
        {
            if ((hardware.Lines & (1u << i)) != 0)
            {
                line.Text(count == 0 ? "" : ",");
                line.Number((uint)i);
                count++;
            }
        }

        line.Add("mapped-kib", hardware.MappedBytes >> 10);
        line.Add("refused", (uint)hardware.RefusedClaims);
        log.End();
        log.Say("There is no IOMMU: the devices that " + domain.Name
            + " drives reach all memory, so it is trusted with the machine.");
    }

    public static void DomainFailed(EventLog log, DomainPlan plan, LaunchPhaseKind phase, string problem)
    {
        RecordLine line = log.Begin("domain-failed");
        Identity(line, plan);
        line.Add("phase", LaunchPhaseNames.Name(phase));
        line.AddQuoted("problem", problem);
        log.End();
    }

    public static void DomainEvent(EventLog log, string name, Domain domain)
    {
        RecordLine line = log.Begin(name);
        Identity(line, domain.Plan);
        log.End();
    }

    public static void BackendLost(EventLog log, Domain domain, Domain backend)
    {
        RecordLine line = log.Begin("backend-lost");
        Identity(line, domain.Plan);
        line.Add("backend", backend.Plan.Name);
        line.Add("then", domain.Plan.OnBackendLoss == BackendLossAction.Restart ? "restart" : "wait");
        log.End();
    }

    public static void PreparationStarted(EventLog log, Domain boot)
    {
        RecordLine line = log.Begin("preparation-started");
        Identity(line, boot.Plan);
        line.Add("timeout-ms", boot.Plan.BootTimeoutMilliseconds);
        log.End();
    }

    public static void BootDomainReclaimed(EventLog log, Domain boot, ulong bytes)
    {
        RecordLine line = log.Begin("boot-domain-reclaimed");
        Identity(line, boot.Plan);
        line.Add("kib", bytes >> 10);
        log.End();
    }

    public static void RecoveryStarted(EventLog log, Domain recovery, DomainPlan failed)
    {
        RecordLine line = log.Begin("recovery-started");
        Identity(line, recovery.Plan);
        line.Add("failed", failed.Id.Value);
        log.End();
    }

    public static void LaunchFinal(EventLog log, int domains, int started, ulong reclaimedBytes)
    {
        RecordLine line = log.Begin("launch-final");
        line.Add("domains", (uint)domains);
        line.Add("started", (uint)started);
        line.Add("reclaimed-kib", reclaimedBytes >> 10);
        log.End();
    }

    public static void DomainStopped(EventLog log, Domain domain, in StopRecord record)
    {
        RecordLine line = log.Begin("domain-stopped");
        Identity(line, domain.Plan);
        line.Add("reason", StopReasonNames.Name(record.Reason));
        StopRecordText.AddRegisters(line, in record, isAnswer: false);
        log.End();
    }

    public static void Exits(EventLog log, Domain domain, ExitCounts exits, ulong allocations)
    {
        RecordLine line = log.Begin("exits");
        line.Add("domid", domain.Id);
        line.Add("total", exits.Total);
        for (int i = 0; i < ExitCounts.ReasonCount; i++)
        {
            if (exits[i] != 0)
            {
                line.Add(ExitCounts.Name((ExitReason)i), exits[i]);
            }
        }

        line.Add("touched-mib", domain.Machine.Memory.PopulatedBytes >> 20);
        line.Add("allocations", allocations);
        log.End();
    }

    public static void MachineEnds(EventLog log, EndAction action, string reason)
    {
        RecordLine line = log.Begin(action == EndAction.Reboot ? "machine-restart" : "machine-off");
        line.Add("reason", reason);
        log.End();
    }

    private static void Identity(RecordLine line, DomainPlan plan)
    {
        line.Add("domid", plan.Id.Value);
        line.Add("name", plan.Name);
    }
}
