using System;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Reads a domain's node: everything but its modules.</summary>
internal static class DomainReader
{
    /// <summary>How long a UUID is, in bytes (RFC 4122, section 4.1.2).</summary>
    private const int UuidSize = 16;

    /// <summary>How long the 2021 document's example has it.</summary>
    private const int ShortUuidSize = 8;

    /// <summary>Fills a domain's plan from its node's properties.</summary>
    internal static void Read(NodeReader reader, DomainDraft domain)
    {
        RightsReader.Read(reader, domain);
        ReadId(reader, domain);
        ReadMode(reader, domain);
        ReadProcessors(reader, domain);
        MemoryReader.Read(reader, domain);
        ReadUuid(reader, domain);
        ReadSecurityId(reader, domain);
        ReadExtensions(reader, domain);
        PropertyNames.ReportUnknown(reader, PropertyNames.Domain, domain.Dialect);
    }

    private static void ReadId(NodeReader reader, DomainDraft domain)
    {
        if (!reader.Has("domid"u8))
        {
            domain.AddDefault("domid", "the next free one");
            return;
        }

        if (!reader.TryU32("domid"u8, out uint value))
        {
            return;
        }

        bool isNextFree = value == 0 && domain.Dialect != LaunchDialect.Year2025 && !domain.KeepsIdZero;
        if (!isNextFree)
        {
            domain.RequestedId = new DomainId(value);
        }
    }

    private static void ReadMode(NodeReader reader, DomainDraft domain)
    {
        if (!reader.Has("mode"u8))
        {
            domain.AddDefault("mode", "0 (PVH)");
            return;
        }

        if (!reader.TryU32("mode"u8, out uint value))
        {
            return;
        }

        const DomainModes WithoutStart = DomainModes.Paravirtualized | DomainModes.DeviceModel | DomainModes.Long;
        DomainModes known = domain.Dialect == LaunchDialect.Year2021 ? WithoutStart : WithoutStart | DomainModes.StartOnBoot;
        uint unknown = value & ~(uint)known;
        if (unknown != 0)
        {
            reader.Report(
                ProblemRule.UnknownBits, "mode", NumberText.Hex(value),
                "no other bits than " + NumberText.Hex((uint)known), NumberText.Hex(unknown));
        }

        DomainModes mode = (DomainModes)value & known;
        const DomainModes Both = DomainModes.Paravirtualized | DomainModes.DeviceModel;
        if ((mode & Both) == Both)
        {
            const string Found = "both paravirtualized (1) and with a device model (2)";
            const string Expected = "at most one of them";
            if (domain.Dialect == LaunchDialect.Year2025)
            {
                reader.Report(ProblemRule.TwoModes, "mode", Found, Expected);
            }
            else
            {
                reader.Report(ProblemRule.TwoModesIgnored, "mode", Found, Expected);
            }
        }
        else if ((mode & DomainModes.DeviceModel) != 0)
        {
            reader.Report(ProblemRule.NoDeviceModel, "mode", "a device model (2)");
        }

        domain.RequestedMode = mode;
    }

    private static void ReadProcessors(NodeReader reader, DomainDraft domain)
    {
        if (!reader.Has("cpus"u8))
        {
            if (domain.Dialect == LaunchDialect.Dom0less)
            {
                reader.Report(ProblemRule.MissingProcessors, "cpus", "nothing", "one cell");
            }
            else
            {
                domain.AddDefault("cpus", "1");
            }

            return;
        }

        if (!reader.TryU32("cpus"u8, out uint value))
        {
            return;
        }

        if (value is 0 or > DomainPlan.MaximumVirtualCpus)
        {
            reader.Report(
                ProblemRule.ProcessorCount, "cpus", NumberText.Decimal(value),
                "1 to " + NumberText.Decimal(DomainPlan.MaximumVirtualCpus));
            return;
        }

        domain.VirtualCpus = value;
    }

    private static void ReadUuid(NodeReader reader, DomainDraft domain)
    {
        if (!reader.Node.TryGetBytes("domain-uuid"u8, out ReadOnlySpan<byte> value).IsPresent)
        {
            domain.AddDefault("domain-uuid", "none");
            return;
        }

        bool isShort = value.Length == ShortUuidSize && domain.Dialect == LaunchDialect.Year2021;
        if (value.Length != UuidSize && !isShort)
        {
            reader.Report(
                ProblemRule.UuidType, "domain-uuid", PlanText.Bytes(value.Length),
                domain.Dialect == LaunchDialect.Year2021 ? "16 bytes (or 8)" : "16 bytes");
            return;
        }

        byte[] uuid = new byte[UuidSize];
        value.CopyTo(uuid);
        domain.Uuid = uuid;
        NoteForeign(reader, domain, "domain-uuid");
    }

    private static void ReadSecurityId(NodeReader reader, DomainDraft domain)
    {
        if (reader.TryString("security-id"u8, out string value))
        {
            domain.SecurityId = value;
            NoteForeign(reader, domain, "security-id");
        }
    }

    private static void NoteForeign(NodeReader reader, DomainDraft domain, string property)
    {
        if (domain.Dialect is LaunchDialect.Year2025 or LaunchDialect.Dom0less)
        {
            reader.Report(
                ProblemRule.ForeignProperty, property,
                "a property that the " + LaunchDialectNames.Name(domain.Dialect) + " dialect lacks");
        }
    }

    private static void ReadExtensions(NodeReader reader, DomainDraft domain)
    {
        if (reader.TryU32("hyperlaunch,boot-timeout-ms"u8, out uint timeout))
        {
            domain.BootTimeoutMilliseconds = timeout;
            if (!RolePolicy.RunsInPreparation(domain.Roles))
            {
                reader.Report(
                    ProblemRule.TimeoutWithoutBoot, "hyperlaunch,boot-timeout-ms", "a domain without the boot role",
                    "the boot domain");
                domain.BootTimeoutMilliseconds = 0;
            }
        }

        domain.RetainModules = reader.TryFlag("hyperlaunch,retain-modules"u8);
        domain.IsDirectMapped = reader.TryFlag("hyperlaunch,direct-map"u8);
        if (domain.IsDirectMapped && !RolePolicy.MayBeDirectMapped(domain.Roles))
        {
            reader.Report(
                ProblemRule.DirectMapWithoutHardware, "hyperlaunch,direct-map", "a domain without the hardware role",
                "the hardware domain");
            domain.IsDirectMapped = false;
        }

        ReadInterface(reader, domain);
        ReadBackendLoss(reader, domain);
        domain.Handle = reader.Node.TryGetU32("phandle"u8, out uint handle).IsPresent ? handle : 0;
        if (!reader.TryString("hyperlaunch,on-crash"u8, out string action))
        {
            return;
        }

        switch (action)
        {
            case "recover":
                domain.OnCrash = CrashAction.Recover;
                break;
            case "stop":
                domain.OnCrash = CrashAction.Stop;
                break;
            case "restart":
                domain.OnCrash = CrashAction.Restart;
                break;
            default:
                reader.Report(
                    ProblemRule.CrashActionValue, "hyperlaunch,on-crash", PlanText.Quote(action),
                    "\"recover\", \"stop\" or \"restart\"");
                break;
        }
    }

    private static void ReadBackendLoss(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryString("hyperlaunch,on-backend-loss"u8, out string action))
        {
            return;
        }

        domain.OnBackendLoss = action == "restart" ? BackendLossAction.Restart : BackendLossAction.Wait;
        if (action is not ("restart" or "wait"))
        {
            reader.Report(
                ProblemRule.BackendLossValue, "hyperlaunch,on-backend-loss", PlanText.Quote(action), "\"wait\" or \"restart\"");
        }
    }

    private static void ReadInterface(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryString("hyperlaunch,interface"u8, out string name))
        {
            return;
        }

        domain.NamesInterface = true;

        switch (name)
        {
            case "kvm":
                domain.Interface = GuestInterfaceKind.Kvm;
                break;
            case "xen":
                domain.Interface = GuestInterfaceKind.Xen;
                break;
            case "none":
                domain.Interface = GuestInterfaceKind.None;
                break;
            default:
                reader.Report(
                    ProblemRule.InterfaceValue, "hyperlaunch,interface", PlanText.Quote(name), "\"kvm\", \"xen\" or \"none\"");
                break;
        }
    }
}
