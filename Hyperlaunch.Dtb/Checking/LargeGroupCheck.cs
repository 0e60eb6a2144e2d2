using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// Finds equal members in groups of any size with little memory: each window of members is compared with all that
/// follow. That takes time with the square of a group's size, divided by the window's; only groups that no sensible
/// tree has come here.
/// </summary>
internal static class LargeGroupCheck
{
    private const int Window = 512;

    /// <summary>Checks that no two members of a group are the same, of which those before the token
    /// <paramref name="from"/> have been checked. Returns whether the findings let the blob pass.</summary>
    internal static bool Run(LargeGroup group, int from, int structureOffset, ref Findings findings)
    {
        Span<uint> keys = stackalloc uint[Window];
        Span<int> tokens = stackalloc int[Window];
        bool more = true;
        for (int first = 0; more; first += Window)
        {
            LargeGroup members = group;
            int kept = 0;
            more = false;
            for (int index = 0; members.MoveNext(); index++)
            {
                if (index < first)
                {
                    continue;
                }

                if (members.Token >= from && IsAmong(keys.Slice(0, kept), tokens, members)
                    && findings.Add(members.Duplicate, structureOffset + members.Token))
                {
                    return false;
                }

                if (kept < Window)
                {
                    keys[kept] = members.Key;
                    tokens[kept++] = members.Token;
                }
                else
                {
                    more = true;
                }
            }
        }

        return true;
    }

    private static bool IsAmong(ReadOnlySpan<uint> keys, ReadOnlySpan<int> tokens, scoped in LargeGroup member)
    {
        int start = 0;
        for (int found = keys.IndexOf(member.Key); found >= 0; found = keys.Slice(start).IndexOf(member.Key))
        {
            if (member.AreSame(tokens[start + found], member.Token))
            {
                return true;
            }

            start += found + 1;
        }

        return false;
    }
}
