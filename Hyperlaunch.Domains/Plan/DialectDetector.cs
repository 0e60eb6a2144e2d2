using System;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Tells which dialect a node is written in, by the properties and compatible strings that only one of them has.
/// </summary>
internal static class DialectDetector
{
    /// <summary>What a node without any mark is taken for: the tree's dialect.</summary>
    internal const LaunchDialect Unmarked = LaunchDialect.Classic;

    /// <summary>
    /// The dialect of a domain node under <c>/chosen/hypervisor</c>: the newest that left a mark in it or its modules.
    /// </summary>
    internal static LaunchDialect OfDomain(DeviceTreeNode domain)
    {
        LaunchDialect dialect = Unmarked;
        if (domain.HasProperty("capabilities"u8) || domain.HasProperty("mem-min"u8) || domain.HasProperty("mem-max"u8))
        {
            dialect = LaunchDialect.Year2025;
        }
        else if (domain.HasProperty("role"u8) || domain.HasProperty("capability"u8))
        {
            dialect = LaunchDialect.Year2023;
        }
        else if (HasMemoryText(domain))
        {
            dialect = LaunchDialect.Year2022;
        }
        else if (domain.HasProperty("permissions"u8) || domain.HasProperty("functions"u8))
        {
            dialect = LaunchDialect.Year2021;
        }

        foreach (DeviceTreeNode child in domain.Children)
        {
            dialect = Newer(dialect, OfModule(child));
        }

        return dialect;
    }

    /// <summary>The dialect of a tree whose domains lie directly under <c>/chosen</c>, by one of them.</summary>
    internal static LaunchDialect OfBareDomain(DeviceTreeNode domain)
    {
        bool isYear2025 = domain.HasProperty("domid"u8) || domain.HasProperty("mode"u8)
            || domain.HasProperty("mem-min"u8) || domain.HasProperty("mem-max"u8);
        foreach (DeviceTreeNode child in domain.Children)
        {
            isYear2025 |= child.HasProperty("module-index"u8);
        }

        return isYear2025 ? LaunchDialect.Year2025 : LaunchDialect.Dom0less;
    }

    /// <summary>The dialect of a module node.</summary>
    internal static LaunchDialect OfModule(DeviceTreeNode module)
    {
        if (module.IsCompatible("multiboot,kernel"u8) || module.IsCompatible("multiboot,ramdisk"u8))
        {
            return LaunchDialect.Year2025;
        }

        if (module.IsCompatible("module,index"u8) || module.IsCompatible("module,addr"u8) || module.HasProperty("module-index"u8))
        {
            return LaunchDialect.Year2022;
        }

        return module.HasProperty("mb-index"u8) ? LaunchDialect.Year2021 : Unmarked;
    }

    /// <summary>The newer of two dialects.</summary>
    internal static LaunchDialect Newer(LaunchDialect one, LaunchDialect other) => one > other ? one : other;

    /// <summary>Whether a node gives its memory as text and not as cells.</summary>
    internal static bool HasMemoryText(DeviceTreeNode domain)
        => domain.TryGetBytes("memory"u8, out ReadOnlySpan<byte> value).IsPresent && IsText(value);

    /// <summary>Whether a value is one or more strings of printable characters, none of them empty.</summary>
    internal static bool IsText(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[value.Length - 1] != 0)
        {
            return false;
        }

        bool previousEnds = true;
        for (int i = 0; i < value.Length; i++)
        {
            bool ends = value[i] == 0;
            if ((ends && previousEnds) || (!ends && (value[i] < ' ' || value[i] > '~')))
            {
                return false;
            }

            previousEnds = ends;
        }

        return true;
    }
}
