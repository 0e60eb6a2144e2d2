using System;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Finds what a misspelt word was probably meant to be.</summary>
internal static class Spelling
{
    /// <summary>Longer words are not compared: no name that is known here has more characters.</summary>
    private const int LongestWord = 31;

    /// <summary>
    /// The candidate that the fewest insertions, deletions and replacements of a character separate from the word.
    /// </summary>
    /// <returns>The candidate, or an empty string when all are further away than <paramref name="limit"/>.</returns>
    internal static string Nearest(string word, string[] candidates, int limit)
    {
        string nearest = "";
        int least = limit + 1;
        for (int i = 0; i < candidates.Length; i++)
        {
            int distance = Distance(word, candidates[i]);
            if (distance < least && distance < candidates[i].Length)
            {
                least = distance;
                nearest = candidates[i];
            }
        }

        return nearest;
    }

    /// <summary>Levenshtein's distance, row by row.</summary>
    private static int Distance(string one, string other)
    {
        if (one.Length > LongestWord || other.Length > LongestWord)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[LongestWord + 1];
        for (int column = 0; column <= other.Length; column++)
        {
            row[column] = column;
        }

        for (int line = 1; line <= one.Length; line++)
        {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= other.Length; column++)
            {
                int replaced = diagonal + (one[line - 1] == other[column - 1] ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(replaced, Math.Min(row[column], row[column - 1]) + 1);
            }
        }

        return row[other.Length];
    }
}
