using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// What every kernel is told of its domain, whatever its protocol, and the memory below 1 MiB where it is told.
/// </summary>
internal readonly ref struct BootSurroundings
{
    /// <summary>Makes the description.</summary>
    /// <param name="low">The domain's first MiB.</param>
    /// <param name="map">Its memory map.</param>
    /// <param name="rootPointer">Guest physical address of the ACPI root pointer.</param>
    public BootSurroundings(Span<byte> low, ReadOnlySpan<MemoryMapEntry> map, ulong rootPointer)
    {
        Low = low;
        Map = map;
        RootPointer = rootPointer;
    }

    /// <summary>The domain's first MiB, in which <see cref="BootStructures"/> has the places.</summary>
    public Span<byte> Low { get; }

    /// <summary>The domain's memory map.</summary>
    public ReadOnlySpan<MemoryMapEntry> Map { get; }

    /// <summary>Guest physical address of the ACPI root pointer.</summary>
    public ulong RootPointer { get; }
}
