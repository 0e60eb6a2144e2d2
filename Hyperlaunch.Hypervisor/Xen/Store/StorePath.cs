using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>Paths of the store (Xen docs/misc/xenstore.txt): what is one, and its parts.</summary>
internal static class StorePath
{
    /// <summary>The longest path, with the zero behind it (XENSTORE_ABS_PATH_MAX).</summary>
    public const int MaximumLength = 3072;

    /// <summary>The longest path that is relative to the domain's own (XENSTORE_REL_PATH_MAX).</summary>
    public const int MaximumRelativeLength = 2048;

    /// <summary>The longest name of a node here.</summary>
    public const int MaximumName = 255;

    /// <summary>What is below this belongs to domains, each by its number.</summary>
    public static ReadOnlySpan<byte> Domains => "/local/domain/"u8;

    /// <summary>A domain has come; watched, and sent, in place of a path.</summary>
    public static ReadOnlySpan<byte> IntroduceDomain => "@introduceDomain"u8;

    /// <summary>A domain has gone.</summary>
    public static ReadOnlySpan<byte> ReleaseDomain => "@releaseDomain"u8;

    /// <summary>Whether it is one of the two that are no paths.</summary>
    public static bool IsSpecial(ReadOnlySpan<byte> path)
        => path.SequenceEqual(IntroduceDomain) || path.SequenceEqual(ReleaseDomain);

    /// <summary>Whether an absolute path is well-formed.</summary>
    public static bool IsValid(ReadOnlySpan<byte> path)
    {
        if (path.Length == 0 || path.Length >= MaximumLength || path[0] != (byte)'/'
            || (path.Length > 1 && path[path.Length - 1] == (byte)'/'))
        {
            return false;
        }

        bool isValid = true;
        int start = 1;
        for (int i = 1; isValid && i <= path.Length; i++)
        {
            if (i == path.Length || path[i] == (byte)'/')
            {
                isValid = path.Length == 1 || (i > start && i - start <= MaximumName);
                start = i + 1;
            }
            else
            {
                isValid = IsAllowed(path[i]);
            }
        }

        return isValid;
    }

    /// <summary>The path of the node above; the root's is the root.</summary>
    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> path)
    {
        int slash = path.LastIndexOf((byte)'/');
        return path.Slice(0, slash > 0 ? slash : 1);
    }

    /// <summary>The last name.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> path) => path.Slice(path.LastIndexOf((byte)'/') + 1);

    /// <summary>Whether a path lies below another, or is it.</summary>
    public static bool IsWithin(ReadOnlySpan<byte> path, ReadOnlySpan<byte> other) => path.StartsWith(other)
        && (path.Length == other.Length || other.Length == 1 || path[other.Length] == (byte)'/');

    /// <summary>Writes where a domain's nodes are, without a slash at the end.</summary>
    /// <returns>How many bytes.</returns>
    public static int WriteDomain(uint domid, Span<byte> target)
    {
        Domains.CopyTo(target);
        return Domains.Length + WriteNumber(domid, target.Slice(Domains.Length));
    }

    /// <summary>Writes a number in decimal.</summary>
    /// <returns>How many bytes.</returns>
    public static int WriteNumber(ulong number, Span<byte> target)
    {
        int digits = 1;
        for (ulong rest = number / 10; rest != 0; rest /= 10)
        {
            digits++;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (int)(number % 10));
            number /= 10;
        }

        return digits;
    }

    /// <summary>Reads a number in decimal, of at most nine digits.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> text, out uint number)
    {
        number = 0;
        bool isNumber = text.Length is > 0 and < 10;
        for (int i = 0; isNumber && i < text.Length; i++)
        {
            isNumber = text[i] is >= (byte)'0' and <= (byte)'9';
            number = (number * 10) + (uint)(text[i] - '0');
        }

        return isNumber;
    }

    private static bool IsAllowed(byte value) => value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z')
        or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'_' or (byte)'@';
}
