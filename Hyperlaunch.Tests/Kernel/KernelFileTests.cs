using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Hyperlaunch.Tool;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// What a boot loader needs to put the hypervisor elsewhere than at its linked address, and what the entry needs then.
/// </summary>
public class KernelFileTests
{
    private const uint TwoMebibytes = 0x20_0000;

    // SHT_RELA and SHT_REL.
    private const uint RelocationsWithAddends = 4;
    private const uint Relocations = 9;

    // An even word is an address; the bits above the lowest of an odd one are the 63 words that follow.
    private const int WordsOfBitmap = 63;

    private static readonly KernelFile s_file = new(RepositoryFiles.Kernel);

    [Fact]
    public void Its_tag_asks_for_the_linked_address_or_the_next_free_one_above()
    {
        Assert.True(s_file.IsOptional);
        Assert.Equal(24u, s_file.TagSize);
        Assert.Equal((TwoMebibytes, 1u), (s_file.Lowest, s_file.Preference));
        Assert.Equal(s_file.Segments.Min(segment => segment.Address), s_file.Lowest);
        Assert.Equal((uint.MaxValue, TwoMebibytes), (s_file.Highest, s_file.Alignment));
    }

    [Fact]
    public void It_has_no_section_that_GRUB_refuses_a_file_for()
        => Assert.DoesNotContain(s_file.SectionTypes, type => type is RelocationsWithAddends or Relocations);

    [Fact]
    public void What_is_relocated_points_into_the_image_and_lies_outside_of_the_code()
    {
        List<(uint Address, uint Size, uint Flags)> segments = s_file.Segments;
        uint end = segments.Max(segment => segment.Address + segment.Size);
        List<uint> pointers = RelocatedPointers(out uint listSize);

        Assert.InRange(listSize, 8u, 1024u);
        Assert.InRange(pointers.Count, 100, 1000);
        Assert.Equal(pointers.Distinct().Count(), pointers.Count);
        foreach (uint pointer in pointers)
        {
            (_, _, uint flags) = Assert.Single(
                segments, segment => pointer >= segment.Address && pointer + 8 <= segment.Address + segment.Size);
            Assert.Equal(0u, flags & KernelFile.Executable);

            // A far pointer has a segment's selector in its upper half.
            Assert.InRange((uint)s_file.ReadLoaded(pointer), TwoMebibytes, end);
        }
    }

    private static List<uint> RelocatedPointers(out uint listSize)
    {
        uint start = Symbol("__relr_start");
        uint end = Symbol("__relr_end");
        listSize = end - start;
        List<uint> found = [];
        uint next = 0;
        for (uint at = start; at < end; at += 8)
        {
            ulong word = s_file.ReadLoaded(at);
            if ((word & 1) == 0)
            {
                found.Add((uint)word);
                next = (uint)word + 8;
                continue;
            }

            for (int bit = 0; bit < WordsOfBitmap; bit++)
            {
                if ((word >> (bit + 1) & 1) != 0)
                {
                    found.Add(next + ((uint)bit * 8));
                }
            }

            next += WordsOfBitmap * 8;
        }

        return found;
    }

    private static uint Symbol(string name)
    {
        ExternalProgram.Result result = ExternalProgram.Capture("nm", [RepositoryFiles.KernelWithSymbols]);
        string line = Encoding.UTF8.GetString(result.Output).Split('\n')
            .Single(line => line.EndsWith($" {name}", StringComparison.Ordinal));
        return uint.Parse(line.Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
