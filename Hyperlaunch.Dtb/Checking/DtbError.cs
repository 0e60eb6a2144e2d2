namespace Hyperlaunch.Dtb;

/// <summary>One thing that is wrong with a blob: what, where, how bad, and a sentence for people.</summary>
public readonly struct DtbError
{
    internal DtbError(DtbErrorKind kind, int offset)
    {
        Kind = kind;
        Offset = offset;
    }

    /// <summary>What is wrong; <see cref="DtbErrorKind.None"/> where nothing is.</summary>
    public DtbErrorKind Kind { get; }

    /// <summary>Where, in bytes from the start of the blob: the header field, token or name that is wrong.</summary>
    public int Offset { get; }

    /// <summary>Whether the blob can still be read. What the writer refused is no blob, and so unreadable.</summary>
    public DtbSeverity Severity =>
        Kind >= DtbErrorKind.ReservationsMisaligned ? DtbSeverity.Defect : DtbSeverity.Unreadable;

    /// <summary>What is wrong, as an English sentence. Constant text: reading it allocates nothing.</summary>
    public string Sentence => Kind switch
    {
        DtbErrorKind.None => "Nothing is wrong.",
        DtbErrorKind.HeaderTruncated => "The buffer ends before the header does.",
        DtbErrorKind.BadMagic => "The blob does not begin with the magic number 0xd00dfeed.",
        DtbErrorKind.UnsupportedVersion => "The format version is not one that a reader of versions 16 and 17 can read.",
        DtbErrorKind.TotalSizeBeyondBuffer => "The total size in the header exceeds the buffer.",
        DtbErrorKind.TotalSizeBelowHeader => "The total size in the header is smaller than the header.",
        DtbErrorKind.ReservationsOutOfBounds
            => "The memory reservation block starts in the header or has no end within the blob.",
        DtbErrorKind.StructureOutOfBounds => "The structure block starts in the header or ends after the blob.",
        DtbErrorKind.StringsOutOfBounds => "The strings block starts in the header or ends after the blob.",
        DtbErrorKind.MissingEnd => "The structure block ends before its END token.",
        DtbErrorKind.UnknownTag => "The structure block holds a token that does not exist.",
        DtbErrorKind.NoRoot => "There is no root node.",
        DtbErrorKind.SecondRoot => "There is a second root node.",
        DtbErrorKind.NamedRoot => "The root node has a name.",
        DtbErrorKind.PropertyOutsideRoot => "A property lies outside the root node.",
        DtbErrorKind.ExtraEndNode => "An END_NODE token has no node to end.",
        DtbErrorKind.MissingEndNode => "The END token comes while a node is open.",
        DtbErrorKind.NodeNameUnterminated => "A node's name runs to the end of the structure block.",
        DtbErrorKind.PropertyOutOfBounds => "A property runs past the structure block.",
        DtbErrorKind.PropertyNameOutOfBounds => "A property's name starts outside the strings block.",
        DtbErrorKind.PropertyNameUnterminated => "A property's name runs to the end of the strings block.",
        DtbErrorKind.TooDeep => "Nodes are nested more than 64 deep.",
        DtbErrorKind.BufferTooSmall => "The buffer is too small for the blob.",
        DtbErrorKind.ReservationAfterRoot => "A reservation comes after the root node has begun.",
        DtbErrorKind.EmptyReservation => "A reservation of no bytes would end the reservations.",
        DtbErrorKind.ReservationsMisaligned => "The memory reservation block is not aligned to 8 bytes.",
        DtbErrorKind.AmbiguousReservationEnd => "A reservation of no bytes ends the reservations although its address is not 0.",
        DtbErrorKind.StructureMisaligned => "The structure block is not aligned to 4 bytes.",
        DtbErrorKind.OverlappingBlocks => "Two blocks share bytes.",
        DtbErrorKind.DataAfterEnd => "The structure block goes on after its END token.",
        DtbErrorKind.PropertyAfterChild => "A property follows a child of its node.",
        DtbErrorKind.EmptyPropertyName => "A property's name is empty.",
        DtbErrorKind.IllegalPropertyName => "A property's name has an illegal character.",
        DtbErrorKind.PropertyNameTooLong => "A property's name is longer than 255 bytes.",
        DtbErrorKind.DuplicateProperty => "A node has two properties of one name.",
        DtbErrorKind.EmptyNodeName => "A node other than the root has no name.",
        DtbErrorKind.IllegalNodeName => "A node's name has an illegal character.",
        DtbErrorKind.DuplicateNode => "A node has two children of one name.",
        DtbErrorKind.BadPhandle => "A phandle is not one cell, or is a value that stands for no node.",
        DtbErrorKind.DuplicatePhandle => "Two nodes have the same phandle.",
        _ => "The kind of this error is unknown.",
    };

    /// <summary>The sentence with the offset, for a log.</summary>
    public override string ToString() => $"Offset 0x{(uint)Offset:x}: {Sentence}";
}
