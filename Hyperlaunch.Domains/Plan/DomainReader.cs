using System;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Reads a domain's node: everything but its modules.</summary>
internal static class DomainReader
{
    /// <summary>How long a UUID is, in bytes (RFC 4122, section 4.1.2).</summary>
    private const int UuidSize = 16;

    /// <summary>How long the 2021 document's example has it.</summary>
    private const int ShortUuidSize = 8;

    /// <summary>Fills a domain's plan from its node's properties.</summary>
    internal static void Read(NodeReader reader, DomainPlan domain)
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

    private static void ReadId(NodeReader reader, DomainPlan domain)
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

    private static void ReadMode(NodeReader reader, DomainPlan domain)
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

        const DomainModes withoutStart = DomainModes.Paravirtualized | DomainModes.DeviceModel | DomainModes.Long;
        DomainModes known = domain.Dialect == LaunchDialect.Year2021 ? withoutStart : withoutStart | DomainModes.StartOnBoot;
        uint unknown = value & ~(uint)known;
        if (unknown != 0)
        {
            reader.Warn(
                ProblemRule.UnknownBits, "mode", PlanText.Hex(value), "no other bits than " + PlanText.Hex((uint)known),
                "The bits " + PlanText.Hex(unknown) + " are ignored; clear them.");
        }

        DomainModes mode = (DomainModes)value & known;
        const DomainModes both = DomainModes.Paravirtualized | DomainModes.DeviceModel;
        if ((mode & both) == both)
        {
            const string found = "both paravirtualized (1) and with a device model (2)";
            const string expected = "at most one of them";
            if (domain.Dialect == LaunchDialect.Year2025)
            {
                reader.Fault(ProblemRule.PropertyValue, "mode", found, expected, "Clear one of the two bits; 0 is PVH.");
            }
            else
            {
                reader.Warn(ProblemRule.PropertyValue, "mode", found, expected, "Launched as PVH; clear both bits.");
            }
        }
        else if ((mode & DomainModes.DeviceModel) != 0)
        {
            reader.Warn(
                ProblemRule.NoEffect, "mode", "a device model (2)", "",
                "There is none here; launched as PVH. Clear the bit.");
        }

        domain.RequestedMode = mode;
    }

    private static void ReadProcessors(NodeReader reader, DomainPlan domain)
    {
        if (!reader.Has("cpus"u8))
        {
            if (domain.Dialect == LaunchDialect.Dom0less)
            {
                reader.Fault(
                    ProblemRule.MissingProperty, "cpus", "nothing", "one cell",
                    "Say how many virtual CPUs the domain has, such as cpus = <1>.");
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
            reader.Fault(
                ProblemRule.PropertyValue, "cpus", PlanText.Decimal(value), "1 to " + PlanText.Decimal(DomainPlan.MaximumVirtualCpus),
                "Give the domain a number of virtual CPUs within these limits.");
            return;
        }

        domain.VirtualCpus = value;
    }

    private static void ReadUuid(NodeReader reader, DomainPlan domain)
    {
        if (!reader.Node.TryGetBytes("domain-uuid"u8, out ReadOnlySpan<byte> value).IsPresent)
        {
            domain.AddDefault("domain-uuid", "none");
            return;
        }

        bool isShort = value.Length == ShortUuidSize && domain.Dialect == LaunchDialect.Year2021;
        if (value.Length != UuidSize && !isShort)
        {
            reader.Fault(
                ProblemRule.PropertyType, "domain-uuid", PlanText.Bytes(value.Length),
                domain.Dialect == LaunchDialect.Year2021 ? "16 bytes (or 8)" : "16 bytes",
                "Write the UUID as 16 bytes in square brackets.");
            return;
        }

        byte[] uuid = new byte[UuidSize];
        value.CopyTo(uuid);
        domain.Uuid = uuid;
        NoteForeign(reader, domain, "domain-uuid");
    }

    private static void ReadSecurityId(NodeReader reader, DomainPlan domain)
    {
        if (reader.TryString("security-id"u8, out string value))
        {
            domain.SecurityId = value;
            NoteForeign(reader, domain, "security-id");
        }
    }

    private static void NoteForeign(NodeReader reader, DomainPlan domain, string property)
    {
        if (domain.Dialect is LaunchDialect.Year2025 or LaunchDialect.Dom0less)
        {
            reader.Note(
                ProblemRule.ForeignProperty, property, "a property that the " + LaunchDialectNames.Name(domain.Dialect) + " dialect lacks",
                "", "It is used here; others will not read it.");
        }
    }

    private static void ReadExtensions(NodeReader reader, DomainPlan domain)
    {
        if (reader.TryU32("hyperlaunch,boot-timeout-ms"u8, out uint timeout))
        {
            domain.BootTimeoutMilliseconds = timeout;
            if (!RolePolicy.RunsInPreparation(domain.Roles))
            {
                reader.Warn(
                    ProblemRule.TimeoutWithoutBoot, "hyperlaunch,boot-timeout-ms", "a domain without the boot role",
                    "the boot domain", "It is ignored; move the property to the boot domain, or remove it.");
                domain.BootTimeoutMilliseconds = 0;
            }
        }

        domain.RetainModules = reader.TryFlag("hyperlaunch,retain-modules"u8);
        domain.IsDirectMapped = reader.TryFlag("hyperlaunch,direct-map"u8);
        if (domain.IsDirectMapped && !RolePolicy.MayBeDirectMapped(domain.Roles))
        {
            reader.Warn(
                ProblemRule.NoEffect, "hyperlaunch,direct-map", "a domain without the hardware role", "the hardware domain",
                "It is ignored; remove the property, or give the domain the hardware role.");
            domain.IsDirectMapped = false;
        }

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
                reader.Fault(
                    ProblemRule.PropertyValue, "hyperlaunch,on-crash", PlanText.Quote(action),
                    "\"recover\", \"stop\" or \"restart\"", "Choose one of the three.");
                break;
        }
    }
}
