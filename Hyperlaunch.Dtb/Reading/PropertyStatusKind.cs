namespace Hyperlaunch.Dtb;

/// <summary>What came of reading a property as a type.</summary>
public enum PropertyStatusKind : byte
{
    /// <summary>The node has no such property.</summary>
    Absent,

    /// <summary>The property is there and has been read.</summary>
    Present,

    /// <summary>Malformed: the value must be exactly as long as expected.</summary>
    WrongLength,

    /// <summary>Malformed: the value's length must be a multiple of what is expected.</summary>
    NotAMultiple,

    /// <summary>Malformed: a string must end with a NUL.</summary>
    Unterminated,

    /// <summary>Malformed: one string was expected and there is a NUL before the end.</summary>
    SeveralStrings,

    /// <summary>Malformed: the <c>#address-cells</c> and <c>#size-cells</c> that it depends on are not one cell each, exceed
    /// <see cref="CellCounts.Max"/>, or make entries of no size.</summary>
    BadCellCounts,
}
