namespace Hyperlaunch.Dtb;

/// <summary>What is wrong with a flattened device tree. Sections are those of the Devicetree Specification v0.4.</summary>
public enum DtbErrorKind : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Unreadable: the buffer ends before the header does (5.2).</summary>
    HeaderTruncated,

    /// <summary>Unreadable: the first word is not 0xd00dfeed (5.2).</summary>
    BadMagic,

    /// <summary>
    /// Unreadable: the version is older than 16, or the blob says that a reader of version 17 cannot read it (5.1).
    /// </summary>
    UnsupportedVersion,

    /// <summary>Unreadable: the total size exceeds the buffer (5.2).</summary>
    TotalSizeBeyondBuffer,

    /// <summary>Unreadable: the total size is smaller than the header (5.2).</summary>
    TotalSizeBelowHeader,

    /// <summary>Unreadable: the memory reservation block starts in the header or ends after the total size (5.3).</summary>
    ReservationsOutOfBounds,

    /// <summary>Unreadable: the structure block starts in the header or ends after the total size (5.2).</summary>
    StructureOutOfBounds,

    /// <summary>Unreadable: the strings block starts in the header or ends after the total size (5.2).</summary>
    StringsOutOfBounds,

    /// <summary>Unreadable: the structure block ends before its END token (5.4.1).</summary>
    MissingEnd,

    /// <summary>Unreadable: a token is none of the five that exist (5.4.1).</summary>
    UnknownTag,

    /// <summary>Unreadable: there is no root node (5.4.2).</summary>
    NoRoot,

    /// <summary>Unreadable: there is a second root node (5.4.2).</summary>
    SecondRoot,

    /// <summary>Unreadable: the root node has a name (2.2.1).</summary>
    NamedRoot,

    /// <summary>Unreadable: a property lies outside the root node (5.4.2).</summary>
    PropertyOutsideRoot,

    /// <summary>Unreadable: an END_NODE token without a node to end (5.4.2).</summary>
    ExtraEndNode,

    /// <summary>Unreadable: the END token comes while a node is open (5.4.2).</summary>
    MissingEndNode,

    /// <summary>Unreadable: a node's name runs to the end of the structure block (5.4.1).</summary>
    NodeNameUnterminated,

    /// <summary>Unreadable: a property's header or value runs past the structure block (5.4.1).</summary>
    PropertyOutOfBounds,

    /// <summary>Unreadable: a property's name starts outside the strings block (5.4.1).</summary>
    PropertyNameOutOfBounds,

    /// <summary>Unreadable: a property's name runs to the end of the strings block (5.5).</summary>
    PropertyNameUnterminated,

    /// <summary>Unreadable: nodes are nested deeper than <see cref="DeviceTree.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>Writing: the buffer is too small, or the blob would be larger than 2 GiB.</summary>
    BufferTooSmall,

    /// <summary>Writing: a reservation came after the root node had begun.</summary>
    ReservationAfterRoot,

    /// <summary>Writing: a reservation of no bytes, which is what ends the block (5.3.2).</summary>
    EmptyReservation,

    /// <summary>Defect: the memory reservation block is not aligned to 8 bytes (5.6).</summary>
    ReservationsMisaligned,

    /// <summary>Defect: a reservation of no bytes at an address other than 0, which ends the block for libfdt but not by the
    /// specification (5.3.2). Reading ends there.</summary>
    AmbiguousReservationEnd,

    /// <summary>Defect: the structure block is not aligned to 4 bytes (5.6).</summary>
    StructureMisaligned,

    /// <summary>Defect: two blocks share bytes (5.1).</summary>
    OverlappingBlocks,

    /// <summary>Defect: the structure block goes on after its END token (5.4.1).</summary>
    DataAfterEnd,

    /// <summary>Defect: a property follows a child of its node; readers do not see it (5.4.2).</summary>
    PropertyAfterChild,

    /// <summary>Defect: a property's name is empty (2.2.4).</summary>
    EmptyPropertyName,

    /// <summary>Defect: a property's name has a character outside the table of the specification (2.2.4).</summary>
    IllegalPropertyName,

    /// <summary>Defect: a property's name is longer than 255 bytes, where the specification has 31 (2.2.4). It is not compared
    /// with others.</summary>
    PropertyNameTooLong,

    /// <summary>Defect: a node has two properties of one name (2.2.4).</summary>
    DuplicateProperty,

    /// <summary>Defect: the name of a node other than the root is empty (2.2.1).</summary>
    EmptyNodeName,

    /// <summary>
    /// Defect: a node's name has a character outside the table of the specification, or more than one @ (2.2.1).
    /// </summary>
    IllegalNodeName,

    /// <summary>Defect: a node has two children of one name (2.2.1).</summary>
    DuplicateNode,

    /// <summary>Defect: a phandle is not one cell, or is 0 or 0xffffffff, which stand for no node (2.3.3).</summary>
    BadPhandle,

    /// <summary>Defect: two nodes have the same phandle (2.3.3).</summary>
    DuplicatePhandle,
}
