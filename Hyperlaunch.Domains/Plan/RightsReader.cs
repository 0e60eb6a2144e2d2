using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Reads a domain's rights, which each dialect spells differently: <c>permissions</c> and <c>functions</c> (2021, 2022),
/// <c>role</c> and <c>capability</c> (2023), <c>capabilities</c> (2025, dom0less).
/// </summary>
internal static class RightsReader
{
    // Bits of permissions (2021 document, "The Domain node").
    private const uint PermissionControl = 1 << 0;
    private const uint PermissionHardware = 1 << 1;

    // Bits of functions (2021 document, "The Domain node"; the stub domain's from the 2022 series).
    private const uint FunctionBoot = 1 << 0;
    private const uint FunctionCrash = 1 << 1;
    private const uint FunctionConsole = 1 << 2;
    private const uint FunctionStubDomain = 1 << 3;
    private const uint FunctionXenstore = 1 << 30;
    private const uint FunctionLegacyDom0 = 1u << 31;

    // Bits of role and capability (2023 document, "Domain Node").
    private const uint RoleUnbounded = 1 << 0;
    private const uint RoleControl = 1 << 1;
    private const uint RoleHardware = 1 << 2;
    private const uint RoleXenstore = 1 << 3;
    private const uint CapabilityConsole = 1 << 0;

    // Bits of capabilities (2025 series; dom0less binding).
    private const uint CapabilitiesControl = 1 << 0;
    private const uint CapabilitiesHardware = 1 << 1;
    private const uint CapabilitiesXenstore = 1 << 2;

    internal static void Read(NodeReader reader, DomainDraft domain)
    {
        string by2021 = reader.Has("permissions"u8) ? "permissions" : reader.Has("functions"u8) ? "functions" : "";
        string by2023 = reader.Has("role"u8) ? "role" : reader.Has("capability"u8) ? "capability" : "";
        string by2025 = reader.Has("capabilities"u8) ? "capabilities" : "";
        domain.RightsProperty = by2025.Length > 0 ? by2025 : by2023.Length > 0 ? by2023 : by2021;
        ReportContradiction(reader, by2021, by2023);
        ReportContradiction(reader, by2021, by2025);
        ReportContradiction(reader, by2023, by2025);

        if (by2021.Length > 0)
        {
            ReadPermissions(reader, domain);
            ReadFunctions(reader, domain);
        }

        if (by2023.Length > 0)
        {
            ReadRole(reader, domain);
            ReadCapability(reader, domain);
        }

        if (by2025.Length > 0)
        {
            ReadCapabilities(reader, domain);
        }

        if (by2021.Length + by2023.Length + by2025.Length == 0)
        {
            domain.AddDefault("roles", "none");
        }
    }

    private static void ReportContradiction(NodeReader reader, string one, string other)
    {
        if (one.Length > 0 && other.Length > 0)
        {
            reader.Report(
                ProblemRule.TwoRights, one + "," + other, "rights in the words of two dialects",
                "one of the two properties");
        }
    }

    private static void ReadPermissions(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryU32("permissions"u8, out uint value))
        {
            return;
        }

        WarnUnknown(reader, "permissions", value, PermissionControl | PermissionHardware);
        Grant(domain, value, PermissionControl, DomainRoles.Control);
        Grant(domain, value, PermissionHardware, DomainRoles.Hardware);
    }

    private static void ReadFunctions(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryU32("functions"u8, out uint value))
        {
            return;
        }

        bool knowsStubDomains = domain.Dialect != LaunchDialect.Year2021;
        const uint Known = FunctionBoot | FunctionCrash | FunctionConsole | FunctionXenstore | FunctionLegacyDom0;
        WarnUnknown(reader, "functions", value, knowsStubDomains ? Known | FunctionStubDomain : Known);
        if (knowsStubDomains && (value & FunctionStubDomain) != 0)
        {
            reader.Report(ProblemRule.NoStubDomain, "functions", "the function of a stub domain (8)");
        }

        Grant(domain, value, FunctionBoot, DomainRoles.Boot);
        Grant(domain, value, FunctionCrash, DomainRoles.Recovery);
        Grant(domain, value, FunctionConsole, DomainRoles.Console);
        Grant(domain, value, FunctionXenstore, DomainRoles.Xenstore);
        domain.IsLegacyDom0 = (value & FunctionLegacyDom0) != 0;
        domain.KeepsIdZero = domain.IsLegacyDom0;
        if (domain.IsLegacyDom0 && RolePolicy.RunsInPreparation(domain.Roles))
        {
            domain.Roles &= ~DomainRoles.Boot;
            reader.Report(ProblemRule.LegacyBootDomain, "functions", "both boot domain (1) and legacy dom0 (0x80000000)");
        }
    }

    private static void ReadRole(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryU32("role"u8, out uint value))
        {
            return;
        }

        WarnUnknown(reader, "role", value, RoleUnbounded | RoleControl | RoleHardware | RoleXenstore);
        Grant(domain, value, RoleUnbounded, DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Console);
        Grant(domain, value, RoleControl, DomainRoles.Control);
        Grant(domain, value, RoleHardware, DomainRoles.Hardware);
        Grant(domain, value, RoleXenstore, DomainRoles.Xenstore);
        domain.KeepsIdZero |= (value & RoleUnbounded) != 0;
    }

    private static void ReadCapability(NodeReader reader, DomainDraft domain)
    {
        if (reader.TryU32("capability"u8, out uint value))
        {
            WarnUnknown(reader, "capability", value, CapabilityConsole);
            Grant(domain, value, CapabilityConsole, DomainRoles.Console);
        }
    }

    private static void ReadCapabilities(NodeReader reader, DomainDraft domain)
    {
        if (!reader.TryU32("capabilities"u8, out uint value))
        {
            return;
        }

        const uint Known = CapabilitiesControl | CapabilitiesHardware | CapabilitiesXenstore;
        if (domain.Dialect == LaunchDialect.Dom0less && (value & ~Known) != 0)
        {
            reader.Report(
                ProblemRule.ForbiddenBits, "capabilities", NumberText.Hex(value),
                "no other bits than " + NumberText.Hex(Known), NumberText.Hex(value & ~Known));
        }
        else
        {
            WarnUnknown(reader, "capabilities", value, Known);
        }

        Grant(domain, value, CapabilitiesControl, DomainRoles.Control);
        Grant(domain, value, CapabilitiesHardware, DomainRoles.Hardware);
        Grant(domain, value, CapabilitiesXenstore, DomainRoles.Xenstore);
    }

    private static void Grant(DomainDraft domain, uint value, uint bit, DomainRoles roles)
    {
        if ((value & bit) != 0)
        {
            domain.Roles |= roles;
        }
    }

    private static void WarnUnknown(NodeReader reader, string property, uint value, uint known)
    {
        uint unknown = value & ~known;
        if (unknown != 0)
        {
            reader.Report(
                ProblemRule.UnknownBits, property, NumberText.Hex(value), "no other bits than " + NumberText.Hex(known),
                NumberText.Hex(unknown));
        }
    }
}
