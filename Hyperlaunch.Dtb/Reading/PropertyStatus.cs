namespace Hyperlaunch.Dtb;

/// <summary>What came of reading a property as a type: present, absent or malformed, with the lengths that say why.</summary>
public readonly struct PropertyStatus
{
    private PropertyStatus(PropertyStatusKind kind, int foundLength, int expectedLength)
    {
        Kind = kind;
        FoundLength = foundLength;
        ExpectedLength = expectedLength;
    }

    /// <summary>What came of it.</summary>
    public PropertyStatusKind Kind { get; }

    /// <summary>The value's length in bytes; 0 where it is absent.</summary>
    public int FoundLength { get; }

    /// <summary>
    /// The length in bytes that the type has, or whose multiple it must be; the found one where it is present, 0 where it is
    /// absent.
    /// </summary>
    public int ExpectedLength { get; }

    /// <summary>The value has been read.</summary>
    public bool IsPresent => Kind == PropertyStatusKind.Present;

    /// <summary>There is no such property.</summary>
    public bool IsAbsent => Kind == PropertyStatusKind.Absent;

    /// <summary>The property is there and is not of the type.</summary>
    public bool IsMalformed => Kind > PropertyStatusKind.Present;

    internal static PropertyStatus Absent => default;

    internal static PropertyStatus Present(int length) => new(PropertyStatusKind.Present, length, length);

    internal static PropertyStatus Malformed(PropertyStatusKind kind, int found, int expected) => new(kind, found, expected);
}
