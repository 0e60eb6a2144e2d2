using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The outcomes of one of the self-test's matrices (<c>Matrices/*.txt</c>): one table for all processors, with the few lines that
/// are of one vendor's, or of one emulator's mistakes.
/// </summary>
internal static class OutcomeTable
{
    private const string Refused = "exit=invalid-state";
    private const string Problem = " problem=\"";

    /// <summary>Fails unless the machine showed each outcome that its kind has, in order, and no other.</summary>
    /// <param name="machine">A machine whose self-test is over.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="word">What the matrix' lines on the console begin with.</param>
    /// <param name="kinds">What the machine is, as the table's lines name it.</param>
    public static void Check(EmulatedMachine machine, string table, string word, params string[] kinds)
    {
        string start = $"(HV) {word} ";
        List<string> expected = Read(table, kinds);
        string[] lines =
            [.. machine.Log.Split('\n').Where(
                line => line.StartsWith(start, StringComparison.Ordinal)).Select(line => line[start.Length..].TrimEnd('\r'))];
        List<string> actual = [.. lines.Select(line => line.Split(Problem)[0])];
        string differences = string.Join('\n', expected.Except(actual).Select(line => "    expected " + line)
            .Concat(actual.Except(expected).Select(line => "    but was  " + line)));
        machine.Check(differences.Length == 0, $"Of the matrix of {table} on {string.Join(' ', kinds)}:\n{differences}\n");
        machine.Check(
            lines.All(line => line.Contains(
                Refused, StringComparison.Ordinal) == line.Contains(Problem, StringComparison.Ordinal)),
            "A refused entry has no sentence that says why.");
        machine.Check(expected.SequenceEqual(actual), $"The matrix of {table} has another order, or a case twice.");
    }

    private static List<string> Read(string table, string[] kinds)
    {
        List<string> names = [];
        Dictionary<string, string> outcomes = [];
        foreach (string line in File.ReadLines(
            Path.Combine(RepositoryFiles.Root, $"Hyperlaunch.Tests/Kernel/Matrices/{table}.txt")))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "#" || !words.Where(IsKind).All(kind => kinds.Contains(kind[1..])))
            {
                continue;
            }

            if (!outcomes.ContainsKey(words[0]))
            {
                names.Add(words[0]);
            }

            outcomes[words[0]] = string.Join(' ', words.Skip(1).Where(word => !IsKind(word)));
        }

        return [.. names.Select(name => $"{name} {outcomes[name]}")];
    }

    private static bool IsKind(string word) => word[0] == '@';
}
