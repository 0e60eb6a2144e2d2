using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>
/// A machine's memory of 16 MiB, in which a domain of 4 MiB lies at the end: every access of the hypervisor for the domain comes
/// through here, and one beside the domain's memory and its page tables is an escape. What no access may reach has a pattern.
/// </summary>
internal sealed unsafe class FuzzMemory : IPhysicalMemory, IDisposable
{
    public const ulong Size = 16 << 20;
    public const ulong DomainSize = 4 << 20;
    public const ulong DomainStart = Size - DomainSize;

    private const ulong Guard = 1 << 16;
    private const byte Pattern = 0xA5;
    private const int PageShift = 12;
    private const int PageSize = 1 << PageShift;

    private readonly byte* _area;
    private readonly byte* _bytes;
    private readonly byte[] _isDirty = new byte[DomainSize >> PageShift];
    private readonly List<int> _dirty = [];
    private ulong _tablesEnd;
    private ulong _tablesStart = Size;
    private bool _isBuilt;

    public FuzzMemory()
    {
        _area = (byte*)NativeMemory.AlignedAlloc((nuint)(Size + (2 * Guard)), 1 << 21);
        _bytes = _area + Guard;
        new Span<byte>(_area, (int)(Size + (2 * Guard))).Fill(Pattern);
    }

    /// <summary>How often memory was asked for since it was last set to 0.</summary>
    public int Mappings { get; set; }

    /// <summary>From now on only the domain's memory and the tables that exist are reached.</summary>
    public void EndConstruction()
    {
        _isBuilt = true;
        _dirty.Clear();
        new Span<byte>(_bytes + DomainStart, (int)DomainSize).Clear();
    }

    public byte* Map(ulong address, ulong length)
    {
        if (address > Size || length > Size - address)
        {
            return Escape(address, length);
        }

        Mappings++;
        bool isDomain = address >= DomainStart;
        if (!_isBuilt && !isDomain)
        {
            _tablesStart = Math.Min(_tablesStart, address);
            _tablesEnd = Math.Max(_tablesEnd, address + length);
        }
        else if (!isDomain && (address < _tablesStart || address + length > _tablesEnd))
        {
            return Escape(address, length);
        }
        else if (isDomain && length <= PageSize)
        {
            MarkDirty(address - DomainStart, length);
        }

        return _bytes + address;
    }

    /// <summary>Makes the domain's memory as it was, and says so when anything beside it changed.</summary>
    public void Restore()
    {
        foreach (int page in _dirty)
        {
            _isDirty[page] = 0;
            new Span<byte>(_bytes + DomainStart + ((ulong)page << PageShift), PageSize).Clear();
        }

        _dirty.Clear();
    }

    public ulong Digest()
    {
        ulong digest = 0;
        foreach (int page in _dirty)
        {
            ReadOnlySpan<ulong> words = new(_bytes + DomainStart + ((ulong)page << PageShift), PageSize / sizeof(ulong));
            for (int i = 0; i < words.Length; i++)
            {
                digest = (digest + words[i]) * 0x9E37_79B9_7F4A_7C15;
            }
        }

        return digest;
    }

    /// <summary>Looks at the bytes right beside the domain's memory, or at all that is not the domain's.</summary>
    public void AssertUntouched(bool all)
    {
        ulong before = all ? DomainStart - _tablesEnd : PageSize;
        ulong below = all ? _tablesStart + Guard : PageSize;
        if (new ReadOnlySpan<byte>(_bytes + DomainStart - before, (int)before).ContainsAnyExcept(Pattern)
            || new ReadOnlySpan<byte>(_bytes + Size, (int)Guard).Slice(0, PageSize).ContainsAnyExcept(Pattern)
            || new ReadOnlySpan<byte>(_bytes + _tablesStart - below, (int)below).ContainsAnyExcept(Pattern))
        {
            throw new EscapeException("Memory beside the domain's was written.");
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_area);

    private void MarkDirty(ulong offset, ulong length)
    {
        int last = (int)((offset + Math.Max(length, 1) - 1) >> PageShift);
        for (int page = (int)(offset >> PageShift); page <= last; page++)
        {
            if (_isDirty[page] == 0)
            {
                _isDirty[page] = 1;
                _dirty.Add(page);
            }
        }
    }

    private static byte* Escape(ulong address, ulong length)
        => throw new EscapeException($"An access to {length} bytes at 0x{address:x} of the machine's memory.");
}
