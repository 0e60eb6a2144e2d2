using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tool.Configuration;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>
/// Findings as a SARIF 2.1.0 log (OASIS, Static Analysis Results Interchange Format), which code hosts and editors show.
/// </summary>
internal static class SarifReport
{
    /// <summary>Writes the log.</summary>
    public static void Write(Stream stream, IReadOnlyList<Finding> findings)
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, findings);
        json.WriteStartArray("results");
        foreach (Finding finding in findings)
        {
            WriteResult(json, finding);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, IReadOnlyList<Finding> findings)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "hyperlaunch");
        json.WriteString("semanticVersion", typeof(SarifReport).Assembly.GetName().Version!.ToString(3));
        json.WriteStartArray("rules");
        foreach (string rule in findings.Select(finding => finding.Rule).Distinct().Order())
        {
            json.WriteStartObject();
            json.WriteString("id", rule);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Rule);
        json.WriteString("level", finding.IsError ? "error" : finding.Severity == ProblemSeverity.Warning ? "warning" : "note");
        json.WriteStartObject("message");
        json.WriteString("text", Message(finding));
        json.WriteEndObject();
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", finding.Place.File.Replace('\\', '/'));
        json.WriteEndObject();
        if (finding.Place.Line > 0)
        {
            json.WriteStartObject("region");
            json.WriteNumber("startLine", finding.Place.Line);
            json.WriteNumber("startColumn", finding.Place.Column);
            json.WriteNumber("endLine", finding.Place.EndLine);
            json.WriteNumber("endColumn", finding.Place.EndColumn);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("logicalLocations");
        json.WriteStartObject();
        json.WriteString("fullyQualifiedName", finding.Path + (finding.Property.Length > 0 ? ":" + finding.Property : ""));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Message(Finding finding)
        => PlanProblem.Describe(finding.Path, finding.Property, finding.Found, finding.Expected, finding.Action);
}
