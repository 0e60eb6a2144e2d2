using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Modules.Boot;

/// <summary>What the readers of both boot protocols share: the bounds, the strings, the problems met on the way.</summary>
internal sealed class BootReading
{
    /// <summary>The most modules that are taken over. A launch of 64 domains with three modules each has 193.</summary>
    public const int MaximumModules = 1024;

    /// <summary>The most entries of a memory map that are taken over. Firmware gives 5 to 100.</summary>
    public const int MaximumMemoryMapEntries = 256;

    /// <summary>
    /// The longest string that is taken over, in bytes; longer than any kernel's command line (boot.rst, cmdline_size).
    /// </summary>
    public const int MaximumString = 16 * 1024;

    /// <summary>The most problems that are kept: enough to see what a loader does wrong.</summary>
    public const int MaximumProblems = 16;

    private const uint TextCellSize = 2;

    private readonly BootProblem[] _problems = new BootProblem[MaximumProblems];
    private int _count;

    /// <summary>Notes a problem that reading goes on after.</summary>
    public void Note(BootProblemKind kind, ulong offset, ulong found)
    {
        if (_count < _problems.Length)
        {
            _problems[_count++] = new BootProblem(kind, offset, found);
        }
    }

    /// <summary>The problems noted, in the order met.</summary>
    public BootProblem[] Problems => _problems.AsSpan(0, _count).ToArray();

    /// <summary>
    /// Reads a zero-terminated string, one character a byte (Latin-1). Without an end in the bytes given, or within the longest
    /// length, it is cut and the problem noted.
    /// </summary>
    /// <param name="bytes">The bytes from the string's start on.</param>
    /// <param name="offset">Where they are, for the problem.</param>
    public string ReadString(ReadOnlySpan<byte> bytes, ulong offset)
    {
        bool isCut = bytes.Length > MaximumString;
        ReadOnlySpan<byte> bounded = isCut ? bytes.Slice(0, MaximumString) : bytes;
        int length = bounded.IndexOf((byte)0);
        if (length < 0)
        {
            length = bounded.Length;
            Note(BootProblemKind.StringTooLong, offset, (ulong)length);
        }

        return Latin1.ToString(bounded.Slice(0, length));
    }

    /// <summary>
    /// Looks where the modules lie: what is not all usable memory, or overlaps an earlier module, is made empty. What holds
    /// modules may then copy, clear and free each of them without asking again.
    /// </summary>
    /// <param name="modules">The modules; wrong ones are replaced.</param>
    /// <param name="map">The machine's memory, sanitised.</param>
    public void CheckModules(BootModule[] modules, MemoryMapEntry[] map)
    {
        for (int i = 0; i < modules.Length; i++)
        {
            MemoryRange range = modules[i].Range;
            int overlapped = 0;
            while (overlapped < i && !modules[overlapped].Range.Overlaps(range))
            {
                overlapped++;
            }

            if (!range.IsEmpty && !IsUsable(range, map))
            {
                Note(BootProblemKind.ModuleOutsideMemory, range.Start, range.Length);
            }
            else if (overlapped < i)
            {
                Note(BootProblemKind.ModuleOverlap, range.Start, modules[overlapped].Range.Start);
            }
            else
            {
                continue;
            }

            modules[i] = new BootModule(i, default, modules[i].CommandLine);
        }
    }

    private static bool IsUsable(MemoryRange range, MemoryMapEntry[] map)
    {
        foreach (MemoryMapEntry entry in map)
        {
            if (entry.Kind == MemoryKind.Usable && entry.Range.Contains(range))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The kind behind the number in a memory map; an unknown one is reserved (ACPI 6.5, table 15.4).</summary>
    public static MemoryKind KindOf(uint type)
        => type >= (uint)MemoryKind.Usable && type <= (uint)MemoryKind.Unusable ? (MemoryKind)type : MemoryKind.Reserved;

    /// <summary>Makes a screen of its figures; null, with the problem noted, when they contradict each other.</summary>
    public Framebuffer? CheckFramebuffer(ulong address, uint pitch, uint width, uint height, byte bitsPerPixel, bool isText)
    {
        uint bytesPerPixel = isText ? TextCellSize : (bitsPerPixel + 7u) / 8;
        bool isWhole = address != 0 && width != 0 && height != 0 && bytesPerPixel != 0
            && (ulong)width * bytesPerPixel <= pitch
            && SafeSize.TryAdd(address, (ulong)pitch * height, out _);
        if (isWhole)
        {
            return new Framebuffer(address, pitch, width, height, bitsPerPixel, isText);
        }

        Note(BootProblemKind.Framebuffer, address, pitch);
        return null;
    }
}
