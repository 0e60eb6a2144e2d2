using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Reads a domain's memory: a pair of cells that are one number of KiB, a second such pair for the maximum (2021), or text with
/// units (2022, 2023), with <c>mem-min</c> and <c>mem-max</c> beside it (2025).
/// </summary>
internal static class MemoryReader
{
    private const int PairSize = 8;

    private const ulong LeastKib = MemoryLayout.MinimumSize >> 10;

    private const ulong MostKib = MemoryLayout.MaximumSize >> 10;

    private struct Amounts
    {
        internal ulong Wanted;
        internal ulong Minimum;
        internal ulong Maximum;
        internal bool IsMalformed;
    }

    internal static void Read(NodeReader reader, DomainDraft domain)
    {
        Amounts amounts = default;
        bool hasMemory = reader.Node.TryGetBytes("memory"u8, out ReadOnlySpan<byte> value).IsPresent;
        if (hasMemory)
        {
            ReadValue(reader, value, ref amounts);
        }

        ReadLimit(reader, "mem-min"u8, "mem-min", "min:", ref amounts.Minimum, ref amounts.IsMalformed);
        ReadLimit(reader, "mem-max"u8, "mem-max", "max:", ref amounts.Maximum, ref amounts.IsMalformed);
        if (amounts.IsMalformed)
        {
            return;
        }

        if (amounts.Wanted == 0)
        {
            amounts.Wanted = amounts.Minimum != 0 ? amounts.Minimum : amounts.Maximum;
            if (amounts.Wanted == 0)
            {
                ReportNothing(reader, hasMemory);
                return;
            }

            domain.AddDefault("memory", PlanText.Kib(amounts.Wanted));
        }

        if (amounts.Minimum > amounts.Wanted)
        {
            ReportOrder(reader, hasMemory, "mem-min", amounts.Minimum, "at most the memory, " + PlanText.Kib(amounts.Wanted));
        }

        if (amounts.Maximum != 0 && amounts.Maximum < amounts.Wanted)
        {
            ReportOrder(reader, hasMemory, "mem-max", amounts.Maximum, "at least the memory, " + PlanText.Kib(amounts.Wanted));
        }

        domain.MemoryKib = amounts.Wanted;
        domain.MinimumMemoryKib = amounts.Minimum == 0 ? amounts.Wanted : amounts.Minimum;
        domain.MaximumMemoryKib = amounts.Maximum == 0 ? amounts.Wanted : amounts.Maximum;
        CheckLimits(reader, domain);
    }

    private static void ReadValue(NodeReader reader, ReadOnlySpan<byte> value, ref Amounts amounts)
    {
        if (DialectDetector.IsText(value))
        {
            ReadText(reader, Latin1.ToString(value.Slice(0, value.Length - 1)), ref amounts);
            return;
        }

        bool hasMaximum = value.Length == 2 * PairSize;
        if (value.Length != PairSize && !hasMaximum)
        {
            amounts.IsMalformed = true;
            reader.Report(
                ProblemRule.MemoryType, "memory", PlanText.Bytes(value.Length),
                "8 bytes (two cells, one number of KiB) or text such as \"512M\"");
            return;
        }

        amounts.Wanted = BinaryPrimitives.ReadUInt64BigEndian(value);
        amounts.Maximum = hasMaximum ? BinaryPrimitives.ReadUInt64BigEndian(value.Slice(PairSize)) : 0;
    }

    /// <summary>
    /// Reads amounts that are separated by NULs, commas, bars or spaces, each alone or after <c>min:</c> or <c>max:</c>.
    /// </summary>
    private static void ReadText(NodeReader reader, string text, ref Amounts amounts)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not ('\0' or ',' or '|' or ' '))
            {
                continue;
            }

            if (i > start && !ReadAmount(text.Substring(start, i - start), ref amounts))
            {
                amounts.IsMalformed = true;
            }

            start = i + 1;
        }

        if (amounts.IsMalformed)
        {
            reader.Report(
                ProblemRule.MemoryValue, "memory", PlanText.Quote(text),
                "a number with K, M or G, alone or after min: or max:");
        }
    }

    private static bool ReadAmount(string word, ref Amounts amounts)
    {
        bool isMinimum = word.StartsWith("min:", StringComparison.Ordinal);
        bool isMaximum = word.StartsWith("max:", StringComparison.Ordinal);
        string number = isMinimum || isMaximum ? word.Substring(4) : word;
        if (!PlanText.TryReadSize(number, 10, out ulong bytes))
        {
            return false;
        }

        ref ulong amount = ref amounts.Wanted;
        if (isMinimum)
        {
            amount = ref amounts.Minimum;
        }
        else if (isMaximum)
        {
            amount = ref amounts.Maximum;
        }

        bool isFirst = amount == 0;
        amount = bytes >> 10;
        return isFirst;
    }

    private static void ReadLimit(
        NodeReader reader, ReadOnlySpan<byte> name, string property, string prefix, ref ulong limit, ref bool isMalformed)
    {
        if (!reader.Has(name))
        {
            return;
        }

        bool isGivenTwice = limit != 0;
        if (isGivenTwice)
        {
            reader.Report(
                ProblemRule.LimitTwice, "memory," + property, "a limit in both", "one of the two",
                property + ", or " + prefix + " from memory");
        }

        if (!reader.TryU64(name, out ulong value))
        {
            isMalformed = true;
        }
        else if (!isGivenTwice)
        {
            limit = value;
        }
    }

    private static void ReportNothing(NodeReader reader, bool hasMemory)
    {
        if (hasMemory)
        {
            reader.Report(ProblemRule.MemoryValue, "memory", "no memory", "more than 0");
        }
        else
        {
            reader.Report(ProblemRule.MissingMemory, "memory", "nothing", "an amount in KiB, or text such as \"512M\"");
        }
    }

    private static void ReportOrder(NodeReader reader, bool hasMemory, string property, ulong limit, string expected)
        => reader.Report(ProblemRule.MemoryOrder, hasMemory ? "memory," + property : property, PlanText.Kib(limit), expected);

    /// <summary>
    /// Checks the limits of a domain's memory; of a legacy dom0, which gets what there is, the upper ones are applied.
    /// </summary>
    private static void CheckLimits(NodeReader reader, DomainDraft domain)
    {
        if (domain.IsLegacyDom0)
        {
            domain.MaximumMemoryKib = Math.Min(domain.MaximumMemoryKib, MostKib);
        }

        bool isTooMuch = domain.MaximumMemoryKib > MostKib || (domain.MemoryKib > MostKib && !domain.IsLegacyDom0);
        ulong wrong = isTooMuch ? Math.Max(domain.MemoryKib, domain.MaximumMemoryKib) : domain.MinimumMemoryKib;
        if (isTooMuch || domain.MinimumMemoryKib < LeastKib)
        {
            reader.Report(
                ProblemRule.MemoryLimits, "memory",
                NumberText.Decimal(wrong) + " KiB",
                PlanText.Kib(LeastKib) + " to " + PlanText.Kib(MostKib));
        }
    }
}
