using System;
using System.Collections.Generic;
using System.Numerics;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>Numbers of every width, and what happens at their ends.</summary>
internal static class ArithmeticTests
{
    /// <summary>The tests of this class, by name.</summary>
    public static void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        Add(tests, "integer-division", () => LanguageTests.Opaque(-7) / 2 == -3 && LanguageTests.Opaque(-7L) % 3 == -1
            && LanguageTests.Opaque(ulong.MaxValue) / 10 == 1844674407370955161);
        Add(tests, "checked-arithmetic", CheckedArithmetic);
        Add(tests, "checked-conversion", CheckedConversion);
        Add(tests, "int128", WideIntegers);
        Add(tests, "math-big-mul", () => Math.BigMul(LanguageTests.Opaque(ulong.MaxValue), 16, out ulong low) == 15
            && low == ulong.MaxValue - 15);
        Add(tests, "bit-operations", () => BitOperations.PopCount(LanguageTests.Opaque(0xf0ul)) == 4
            && BitOperations.LeadingZeroCount(LanguageTests.Opaque(1ul)) == 63
            && BitOperations.TrailingZeroCount(LanguageTests.Opaque(8u)) == 3
            && BitOperations.RotateLeft(LanguageTests.Opaque(1u), 31) == 1u << 31);
        Add(tests, "double", Doubles);
        Add(tests, "float", () => LanguageTests.Opaque(1.5f) * 2 == 3 && (int)LanguageTests.Opaque(-2.75f) == -2
            && MathF.Sqrt(LanguageTests.Opaque(9f)) == 3);
        Add(tests, "double-to-integer", DoubleToInteger);
        Add(tests, "decimal", () => LanguageTests.Opaque(1.1m) + 2.2m == 3.3m);
        Add(tests, "vector128", Vectors);
    }

    private static void Add(List<KeyValuePair<string, Func<bool>>> tests, string name, Func<bool> test)
        => tests.Add(new(name, test));

    private static bool CheckedArithmetic() =>
        Overflows(static () => checked(LanguageTests.Opaque(int.MaxValue) + 1))
        && Overflows(static () => checked((long)(LanguageTests.Opaque(ulong.MaxValue) * 2)))
        && Overflows(static () => checked(LanguageTests.Opaque(0u) - 1))
        && unchecked(LanguageTests.Opaque(int.MaxValue) + 1) == int.MinValue;

    private static bool CheckedConversion() =>
        Overflows(static () => checked((byte)LanguageTests.Opaque(256)))
        && Overflows(static () => checked((uint)LanguageTests.Opaque(-1)))
        && Overflows(static () => checked((int)LanguageTests.Opaque(1e10)));

    private static bool Overflows(Func<long> action)
    {
        try
        {
            action();
            return false;
        }
        catch (OverflowException)
        {
            return true;
        }
    }

    private static bool WideIntegers()
    {
        UInt128 product = (UInt128)LanguageTests.Opaque(ulong.MaxValue) * 1_000_000_007;
        return (ulong)(product / 1_000_000_007) == ulong.MaxValue
            && (ulong)(product % 1_000_000_006) == (ulong)((UInt128)ulong.MaxValue % 1_000_000_006)
            && (Int128)LanguageTests.Opaque(-5) * 3 == -15;
    }

    private static bool Doubles()
    {
        double third = LanguageTests.Opaque(1.0) / 3;
        return third * 3 == 1 && Math.Sqrt(LanguageTests.Opaque(2.0)) is > 1.4142 and < 1.4143
            && Math.Floor(LanguageTests.Opaque(-1.5)) == -2
            && $"{LanguageTests.Opaque(12.25)}" == "12.25" && double.IsNaN(LanguageTests.Opaque(0.0) / 0)
                && LanguageTests.Opaque(7.0) > 6.5;
    }

    private static bool DoubleToInteger() =>
        (int)LanguageTests.Opaque(1e20) == int.MaxValue && (int)LanguageTests.Opaque(-1e20) == int.MinValue
            && (int)LanguageTests.Opaque(double.NaN) == 0
        && (long)LanguageTests.Opaque(1e30) == long.MaxValue && (ulong)LanguageTests.Opaque(1.8e19) == 18000000000000000000
            && (ulong)LanguageTests.Opaque(-1.0) == 0
        && (uint)LanguageTests.Opaque(4e9) == 4000000000 && (long)LanguageTests.Opaque(-1234.9) == -1234
            && (double)LanguageTests.Opaque(ulong.MaxValue) == 18446744073709551615.0;

    private static bool Vectors()
    {
        System.Runtime.Intrinsics.Vector128<int> sum = System.Runtime.Intrinsics.Vector128.Create(
            LanguageTests.Opaque(1), 2, 3, 4)
            + System.Runtime.Intrinsics.Vector128.Create(10);
        return sum[3] == 14 && !System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated;
    }
}
