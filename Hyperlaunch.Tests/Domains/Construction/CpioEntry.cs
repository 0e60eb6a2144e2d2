using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Hyperlaunch.Tests.Domains.Construction;

/// <summary>
/// One file of a cpio archive of the "newc" format, as this reader of the tests understands the format's description.
/// </summary>
internal sealed record CpioEntry(int Offset, uint Inode, uint Mode, uint Links, string Name, byte[] Content)
{
    private const int HeaderSize = 110;
    private const string Trailer = "TRAILER!!!";

    /// <summary>
    /// Reads a ramdisk of several archives as Linux does: zeros between them are skipped, an archive begins at a multiple of 4,
    /// and nothing but zeros follows the last. Throws where it is not so.
    /// </summary>
    public static List<CpioEntry> ReadAll(ReadOnlySpan<byte> ramdisk)
    {
        List<CpioEntry> entries = [];
        bool isInside = false;
        int at = 0;
        while (at < ramdisk.Length)
        {
            if (!isInside && ramdisk[at] == 0)
            {
                at++;
                continue;
            }

            Require(at % 4 == 0, "a header off a multiple of 4");
            ReadOnlySpan<byte> header = ramdisk.Slice(at, HeaderSize);
            Require(header[..6].SequenceEqual("070701"u8), "no magic");
            uint[] fields = Enumerable.Range(0, 13).Select(FieldOf(header.ToArray())).ToArray();
            int nameAt = at + HeaderSize;
            int nameSize = (int)fields[11];
            int contentAt = (nameAt + nameSize + 3) / 4 * 4;
            int contentEnd = contentAt + (int)fields[6];
            string name = Encoding.ASCII.GetString(ramdisk.Slice(nameAt, nameSize - 1));
            Require(ramdisk[nameAt + nameSize - 1] == 0, "a name without an end mark");
            Require(ramdisk[(nameAt + nameSize)..contentAt].IndexOfAnyExcept((byte)0) < 0, "a name's padding is not zero");
            Require(fields[2] == 0 && fields[3] == 0, "an owner other than root");
            entries.Add(new CpioEntry(at, fields[0], fields[1], fields[4], name, ramdisk[contentAt..contentEnd].ToArray()));
            isInside = name != Trailer;
            at = (contentEnd + 3) / 4 * 4;
        }

        Require(!isInside, "no trailer");
        return entries;
    }

    private static Func<int, uint> FieldOf(byte[] header) => index
        => uint.Parse(Encoding.ASCII.GetString(
            header, 6 + (index * 8), 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new FormatException(problem);
        }
    }
}
