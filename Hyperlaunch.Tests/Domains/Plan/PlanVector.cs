using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>
/// One configuration with what is expected of its plan, in the comment at its head: a sentence, an empty line, then a directive a
/// line. The problems that are listed must be exactly those that the plan has; of domains and modules what is listed is compared.
/// </summary>
internal sealed class PlanVector
{
    private readonly string _source;
    private readonly List<string> _directives = [];

    public PlanVector(string path)
    {
        _source = File.ReadAllText(path);
        bool hasBlank = false;
        foreach (string line in _source[..(_source.IndexOf("*/", StringComparison.Ordinal))].Split('\n').Skip(1))
        {
            string text = line.Trim().TrimStart('*').Trim();
            if (text.Length == 0)
            {
                hasBlank = true;
            }
            else if (hasBlank)
            {
                _directives.Add(text);
            }
        }
    }

    public IEnumerable<string> Directives => _directives.Where(line => !IsInput(line));

    public byte[] Compile()
    {
        byte[] blob = DeviceTreeCompiler.Compile(_source);
        foreach (string[] words in Inputs("binary"))
        {
            Rename(blob, words[2], words[3]);
        }

        return blob;
    }

    public LaunchPlan Plan()
    {
        Dictionary<string, string> machine = Inputs("machine").SelectMany(words => words.Skip(1)).Select(Pair).ToDictionary();
        string modules = machine.GetValueOrDefault("modules", "1");
        FakeMachine fake = new()
        {
            OnlyTree = modules == "none",
            KnowsMemory = machine.GetValueOrDefault("memory") != "none",
            Processors = uint.Parse(machine.GetValueOrDefault("cpus", "2"), CultureInfo.InvariantCulture),
            CommandLine = machine.GetValueOrDefault("options", ""),
        };
        if (fake.KnowsMemory)
        {
            fake.Memory = ulong.Parse(machine.GetValueOrDefault("memory", "2048"), CultureInfo.InvariantCulture) << 20;
        }

        if (machine.TryGetValue("reserved", out string? reserved))
        {
            string[] ends = reserved.Split('-');
            fake.Reserved.Add(MemoryRange.FromEnd(Number(ends[0]), Number(ends[1])));
        }

        fake.Add(Compile());
        int count = fake.OnlyTree ? 0 : int.Parse(modules, CultureInfo.InvariantCulture);
        for (int index = 1; index <= count; index++)
        {
            string number = index.ToString(CultureInfo.InvariantCulture);
            string image = Inputs("image").FirstOrDefault(words => words[1] == number)?[2] ?? "pvh";
            string text = _directives.FirstOrDefault(line => line.StartsWith($"string {number} ", StringComparison.Ordinal))
                ?? "";
            fake.Add(FakeKernel.Make(image), text.Length == 0 ? "" : text[(8 + number.Length)..]);
        }

        return fake.Plan();
    }

    /// <summary>Splits a line into words; what is between double quotes is one word, or part of one.</summary>
    public static string[] Words(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isQuoted = false;
        foreach (char character in line + " ")
        {
            if (character == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (character == ' ' && !isQuoted)
            {
                if (word.Length > 0)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
            }
            else
            {
                word.Append(character);
            }
        }

        return [.. words];
    }

    public static KeyValuePair<string, string> Pair(string word)
    {
        string[] parts = word.Split('=', 2);
        return new(parts[0], parts.Length > 1 ? parts[1] : "");
    }

    public static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static bool IsInput(string line)
        => line.Split(' ')[0] is "machine" or "string" or "image" or "binary";

    private IEnumerable<string[]> Inputs(string keyword) => _directives.Select(Words).Where(words => words[0] == keyword);

    private static void Rename(byte[] blob, string from, string to)
    {
        // A node: its BEGIN_NODE token, then its name.
        byte[] node = [0, 0, 0, 1, .. Encoding.ASCII.GetBytes(from), 0];
        int at = blob.AsSpan().IndexOf(node);
        Encoding.ASCII.GetBytes(to).CopyTo(blob, at + 4);
    }
}
