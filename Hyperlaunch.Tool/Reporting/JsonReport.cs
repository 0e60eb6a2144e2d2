using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>A plan and its findings for programs. Fields are only ever added.</summary>
internal static class JsonReport
{
    /// <summary>Writes one JSON object.</summary>
    public static void Write(Stream stream, LaunchConfiguration configuration)
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("configuration", configuration.File);
        if (configuration.IsRead)
        {
            WritePlan(json, configuration.Plan);
        }

        WriteFindings(json, configuration.Findings);
        json.WriteEndObject();
    }

    private static void WritePlan(Utf8JsonWriter json, LaunchPlan plan)
    {
        json.WriteString("dialect", LaunchDialectNames.Name(plan.Dialect));
        json.WriteBoolean("launches", plan.CanLaunch);
        json.WriteStartObject("named");
        json.WriteString("closest", NamedConfiguration.Closest(plan.Domains, out int distance).Name);
        json.WriteNumber("distance", distance);
        json.WriteEndObject();
        if (plan.Memory.IsKnown)
        {
            json.WriteStartObject("memory");
            json.WriteNumber("available-kib", plan.Memory.AvailableKib);
            json.WriteNumber("needed-kib", plan.Memory.NeededKib);
            json.WriteNumber("shortfall-kib", plan.Memory.ShortfallKib);
            json.WriteEndObject();
        }

        json.WriteStartArray("domains");
        foreach (DomainPlan domain in plan.Domains)
        {
            WriteDomain(json, domain);
        }

        json.WriteEndArray();
        json.WriteStartArray("creation-order");
        foreach (DomainPlan domain in plan.CreationOrder)
        {
            json.WriteStringValue(domain.Name);
        }

        json.WriteEndArray();
        json.WriteStartArray("modules");
        foreach (ModuleUse use in plan.Modules)
        {
            json.WriteStartObject();
            json.WriteNumber("index", use.Module.Index);
            json.WriteString("kind", PlanWords.Of(use.Kind));
            json.WriteNumber("size", use.Module.Range.Length);
            json.WriteNumber("headroom", use.Headroom);
            json.WriteNumber("owners", use.Owners);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteDomain(Utf8JsonWriter json, DomainPlan domain)
    {
        json.WriteStartObject();
        json.WriteString("name", domain.Name);
        json.WriteString("path", domain.Path);
        json.WriteNumber("domid", domain.Id.Value);
        json.WriteString("dialect", LaunchDialectNames.Name(domain.Dialect));
        json.WriteBoolean("launches", domain.IsLaunchable);
        json.WriteStartArray("roles");
        foreach (DomainRoles role in DomainRoleNames.All.Where(role => domain.Has(role)))
        {
            json.WriteStringValue(DomainRoleNames.Name(role));
        }

        json.WriteEndArray();
        json.WriteBoolean("legacy-dom0", domain.IsLegacyDom0);
        json.WriteString("uuid", PlanWords.OfUuid(domain.Uuid));
        json.WriteNumber("cpus", domain.VirtualCpus);
        json.WriteNumber("memory-kib", domain.MemoryKib);
        json.WriteNumber("minimum-kib", domain.MinimumMemoryKib);
        json.WriteNumber("maximum-kib", domain.MaximumMemoryKib);
        WriteModule(json, "kernel", domain.Kernel);
        WriteModule(json, "ramdisk", domain.Ramdisk);
        WriteModule(json, "device-tree", domain.DeviceTree);
        WriteModule(json, "configuration", domain.Configuration);
        json.WriteString("command-line", domain.CommandLine);
        json.WriteString("security-id", domain.SecurityId);
        json.WriteNumber("boot-timeout-ms", domain.BootTimeoutMilliseconds);
        json.WriteBoolean("retain-modules", domain.RetainModules);
        json.WriteBoolean("direct-map", domain.IsDirectMapped);
        json.WriteString("on-crash", PlanWords.Of(domain.OnCrash));
        json.WriteString("interface", PlanWords.Of(domain.Interface));
        WriteDevices(json, domain);
        json.WriteEndObject();
    }

    private static void WriteDevices(Utf8JsonWriter json, DomainPlan domain)
    {
        json.WriteStartArray("disks");
        foreach (DiskPlan disk in domain.Disks)
        {
            json.WriteStartObject();
            json.WriteString("backend", disk.BackendName);
            json.WriteString("source", disk.Source);
            json.WriteString("target", disk.Target);
            json.WriteBoolean("read-only", disk.IsReadOnly);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("networks");
        foreach (NetworkPlan network in domain.Networks)
        {
            json.WriteStartObject();
            json.WriteString("backend", network.BackendName);
            json.WriteString("address", PlanWords.OfAddress(network.Address));
            json.WriteString("bridge", network.Bridge);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("on-backend-loss", PlanWords.Of(domain.OnBackendLoss));
    }

    private static void WriteModule(Utf8JsonWriter json, string name, BootModule? module)
    {
        if (module is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, module.Index);
        }
    }

    private static void WriteFindings(Utf8JsonWriter json, List<Finding> findings)
    {
        json.WriteStartArray("problems");
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("severity", PlanProblem.SeverityName(finding.Severity));
            json.WriteString("rule", finding.Rule);
            json.WriteString("file", finding.Place.File);
            json.WriteNumber("line", finding.Place.Line);
            json.WriteNumber("column", finding.Place.Column);
            json.WriteString("path", finding.Path);
            json.WriteString("property", finding.Property);
            json.WriteString("found", finding.Found);
            json.WriteString("expected", finding.Expected);
            json.WriteString("action", finding.Action);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("errors", findings.Count(finding => finding.IsError));
        json.WriteNumber("warnings", findings.Count(finding => finding.Severity == ProblemSeverity.Warning));
        json.WriteNumber("notes", findings.Count(finding => finding.Severity == ProblemSeverity.Note));
    }
}
