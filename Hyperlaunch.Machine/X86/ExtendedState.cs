namespace Hyperlaunch.Machine.X86;

/// <summary>Bits of XCR0 (AMD APM volume 2, section 11.5.2).</summary>
public static class ExtendedState
{
    /// <summary>x87 state; always set.</summary>
    public const uint X87 = 1 << 0;

    /// <summary>SSE state.</summary>
    public const uint Sse = 1 << 1;

    /// <summary>AVX state.</summary>
    public const uint Avx = 1 << 2;

    /// <summary>Whether XSETBV takes a value: x87 set, AVX only with SSE, nothing that is not allowed.</summary>
    public static bool IsValid(ulong value, ulong allowed)
        => (value & X87) != 0 && (value & ~allowed) == 0 && ((value & Avx) == 0 || (value & Sse) != 0);
}
