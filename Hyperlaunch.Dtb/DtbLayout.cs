namespace Hyperlaunch.Dtb;

/// <summary>A checked header: every offset and size lies within the blob. All in bytes.</summary>
internal struct DtbLayout
{
    internal int TotalSize;
    internal int HeaderSize;
    internal uint Version;
    internal uint LastCompatibleVersion;
    internal uint BootCpu;
    internal int ReservationsOffset;
    internal int ReservationCount;
    internal int StructureOffset;
    internal int StructureSize;
    internal bool HasStructureSize;
    internal int StringsOffset;
    internal int StringsSize;

    /// <summary>The root node's BEGIN_NODE token, from the start of the structure block.</summary>
    internal int RootOffset;
}
