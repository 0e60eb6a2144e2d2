using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>An event as EVENTINJ and EXITINTINFO hold it (AMD APM vol 2, 15.20, figure 15-4).</summary>
internal static class SvmEvent
{
    /// <summary>Nothing.</summary>
    public const ulong None = 0;

    private const ulong Valid = 1UL << 31;
    private const ulong HasErrorCode = 1UL << 11;
    private const int TypeShift = 8;
    private const ulong TypeMask = 7UL << TypeShift;
    private const ulong TypeInterrupt = 0UL << TypeShift;
    private const ulong TypeNmi = 2UL << TypeShift;
    private const ulong TypeException = 3UL << TypeShift;
    private const ulong TypeSoftware = 4UL << TypeShift;
    private const int ErrorCodeShift = 32;

    /// <summary>A maskable interrupt.</summary>
    public static ulong Interrupt(byte vector) => Valid | TypeInterrupt | vector;

    /// <summary>A non-maskable interrupt.</summary>
    public static ulong Nmi() => Valid | TypeNmi | ExceptionVector.Nmi;

    /// <summary>An exception.</summary>
    public static ulong Exception(byte vector, bool hasErrorCode, uint errorCode)
        => Valid | TypeException | vector | (hasErrorCode ? HasErrorCode | ((ulong)errorCode << ErrorCodeShift) : 0);

    /// <summary>Whether there is an event.</summary>
    public static bool IsValid(ulong value) => (value & Valid) != 0;

    /// <summary>The vector.</summary>
    public static byte Vector(ulong value) => (byte)value;

    /// <summary>Whether it is an exception.</summary>
    public static bool IsException(ulong value) => (value & (Valid | TypeMask)) == (Valid | TypeException);

    /// <summary>Whether it is a maskable interrupt.</summary>
    public static bool IsInterrupt(ulong value) => (value & (Valid | TypeMask)) == (Valid | TypeInterrupt);

    /// <summary>Whether it is a non-maskable interrupt.</summary>
    public static bool IsNmi(ulong value) => (value & (Valid | TypeMask)) == (Valid | TypeNmi);

    /// <summary>
    /// Whether the guest's next instruction raises the event again by itself: INT n, INT3 and INTO, at which RIP still points.
    /// </summary>
    public static bool IsRaisedByInstruction(ulong value)
        => (value & TypeMask) == TypeSoftware
            || (IsException(value) && Vector(value) is ExceptionVector.Breakpoint or ExceptionVector.Overflow);
}
