using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// Checks a flattened device tree against the Devicetree Specification v0.4, more strictly than libfdt's
/// <c>fdt_check_full</c>. Allocates nothing, reads no byte outside the blob, and needs time in proportion to its size.
/// </summary>
public static class DtbChecker
{
    /// <summary>Finds everything that is wrong with a blob.</summary>
    /// <param name="blob">The blob; it may be longer than its total size says.</param>
    /// <param name="findings">Receives the findings in the order in which they are found, as many as fit.</param>
    /// <returns>How many findings there are, those that did not fit included; 0 for a blob without fault. One that is
    /// <see cref="DtbSeverity.Unreadable"/> is the last, since nothing can be said of what follows it.</returns>
    public static unsafe int Check(ReadOnlySpan<byte> blob, Span<DtbError> findings)
    {
        // Sound: what is fixed is as long as is said, and is used in here only.
        fixed (DtbError* kept = findings)
        {
            Findings all = Findings.All(kept, findings.Length);
            Run(blob, ref all, out _);
            return all.Count;
        }
    }

    /// <summary>All checks in their order. Returns whether the blob can be read and the findings let it pass.</summary>
    internal static bool Run(ReadOnlySpan<byte> blob, ref Findings findings, out DtbLayout layout)
    {
        return LayoutCheck.Run(blob, ref findings, out layout)
            && StructureCheck.Run(blob, ref layout, ref findings)
            && LayoutCheck.CheckOverlap(layout, ref findings)
            && (findings.IgnoresDefects || NameCheck.Run(new TreeBlocks(blob, layout), layout.RootOffset, ref findings));
    }
}
