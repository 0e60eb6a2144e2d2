namespace Hyperlaunch.Domains.Plan;

/// <summary>The names of virtual disks, and their numbers (Xen docs/man/xen-vbd-interface.7.pandoc).</summary>
internal static class DiskTarget
{
    private const string Prefix = "xvd";
    private const uint Letters = 26;

    // Disks up to the sixteenth, with up to 15 partitions, have numbers of Linux' xvd devices; the others extended ones.
    private const uint Major = 202;
    private const uint DisksOfMajor = 16;
    private const uint PartitionsOfMajor = 16;
    private const uint Extended = 1u << 28;
    private const uint PartitionsOfExtended = 256;

    /// <summary>Reads a name such as <c>xvda</c> or <c>xvdb3</c>.</summary>
    internal static bool TryParse(string name, out uint number)
    {
        number = 0;
        int position = Prefix.Length;
        uint disk = 0;
        if (!name.StartsWith(Prefix, System.StringComparison.Ordinal))
        {
            return false;
        }

        for (; position < name.Length && name[position] is >= 'a' and <= 'z'; position++)
        {
            disk = (disk * Letters) + (uint)(name[position] - 'a') + 1;
        }

        int letters = position - Prefix.Length;
        uint partition = 0;
        int digits = name.Length - position;
        if (letters is 0 or > 2 || digits > 3 || (digits > 0 && name[position] == '0'))
        {
            return false;
        }

        for (; position < name.Length && name[position] is >= '0' and <= '9'; position++)
        {
            partition = (partition * 10) + (uint)(name[position] - '0');
        }

        disk--;
        number = disk < DisksOfMajor && partition < PartitionsOfMajor
            ? (Major << 8) | (disk * PartitionsOfMajor) | partition
            : Extended | (disk * PartitionsOfExtended) | partition;
        return position == name.Length && partition < PartitionsOfExtended;
    }
}
