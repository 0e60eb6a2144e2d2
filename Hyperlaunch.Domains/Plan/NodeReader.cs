using System;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Reads the properties of one node of a tree by type, and reports those that are not of it. A fault stops the domain that the
/// node belongs to; on a node of the hypervisor's own it is a warning.
/// </summary>
internal readonly ref struct NodeReader
{
    internal NodeReader(DeviceTreeNode node, string path, PlanProblems problems, DomainDraft? domain)
    {
        Node = node;
        Path = path;
        Problems = problems;
        Domain = domain;
    }

    internal DeviceTreeNode Node { get; }

    internal string Path { get; }

    internal PlanProblems Problems { get; }

    internal DomainDraft? Domain { get; }

    /// <summary>Whether the node has a property of this name, whatever its value.</summary>
    internal bool Has(ReadOnlySpan<byte> name) => Node.HasProperty(name);

    /// <summary>Reads a number of 32 bits. False when it is absent or, which is reported, malformed.</summary>
    internal bool TryU32(ReadOnlySpan<byte> name, out uint value)
        => Accept(name, Node.TryGetU32(name, out value), "one cell");

    /// <summary>Reads a number of 64 bits. False when it is absent or, which is reported, malformed.</summary>
    internal bool TryU64(ReadOnlySpan<byte> name, out ulong value)
        => Accept(name, Node.TryGetU64(name, out value), "two cells");

    /// <summary>Reads a string. False when it is absent or, which is reported, malformed.</summary>
    internal bool TryString(ReadOnlySpan<byte> name, out string value)
    {
        bool read = Accept(name, Node.TryGetString(name, out ReadOnlySpan<byte> bytes), "one string");
        value = read ? Latin1.ToString(bytes) : "";
        return read;
    }

    /// <summary>Reads a property whose presence is its value. False when it is absent or, which is reported, malformed.</summary>
    internal bool TryFlag(ReadOnlySpan<byte> name)
    {
        if (!Node.TryGetBytes(name, out ReadOnlySpan<byte> value).IsPresent)
        {
            return false;
        }

        if (!value.IsEmpty)
        {
            Report(ProblemRule.FlagType, Latin1.ToString(name), PlanText.Bytes(value.Length), "no value");
        }

        return value.IsEmpty;
    }

    /// <summary>Reports a problem of this node.</summary>
    internal void Report(ProblemRule rule, string property, string found, string expected = "", string detail = "")
    {
        if (Domain is not null)
        {
            Problems.Report(Domain, rule, Path, property, found, expected, detail);
        }
        else
        {
            Problems.ReportOfHypervisor(rule, Path, property, found, expected, detail);
        }
    }

    private bool Accept(ReadOnlySpan<byte> name, PropertyStatus status, string type)
    {
        if (!status.IsMalformed)
        {
            return status.IsPresent;
        }

        string property = Latin1.ToString(name);
        switch (status.Kind)
        {
            case PropertyStatusKind.Unterminated:
                Report(
                    ProblemRule.PropertyType, property,
                    PlanText.Bytes(status.FoundLength) + " without a NUL at the end", type, type);
                break;
            case PropertyStatusKind.SeveralStrings:
                Report(ProblemRule.PropertyType, property, "several strings", type, type);
                break;
            default:
                Report(
                    ProblemRule.PropertyType, property, PlanText.Bytes(status.FoundLength),
                    PlanText.Bytes(status.ExpectedLength) + " (" + type + ")", type);
                break;
        }

        return false;
    }
}
