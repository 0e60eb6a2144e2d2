using System;
using System.Collections.Generic;

namespace Hyperlaunch.Tests.Violations;

/// <summary>What comes close to a rule and breaks none.</summary>
public static class Allowed
{
    public static uint DividesUint(uint a, uint b) => (a / b) + (a % b);

    public static int DividesInt(int a, int b) => (a / b) + (a % b) + (a >> b);

    public static ulong DividesUlong(ulong a, uint b) => (a / 1000000000) + (a % 10) + (a / b) + (a % b) + (a % 0xFFFFFFFF);

    public static ulong DividesUlongByPart(ulong a, ulong b) => a / (b & 0xFFFFFFFF);

    public static ulong ShiftsUlong(ulong a, int b) => (a >> b) | (a >> 40);

    public static long ShiftsLong(long a) => (a >> 31) + (a << 40);

    public static int ForeachOverAnArray(int[] values)
    {
        int sum = 0;
        foreach (int value in values)
        {
            sum += value;
        }

        return sum;
    }

    public static int Chooses(bool a, DayOfWeek day) => (a ? 1 : 2) / (day == DayOfWeek.Monday ? 3 : 4);

    public static int Looks(Dictionary<string, object> a, Dictionary<uint, DayOfWeek> b, DayOfWeek[] c)
        => a.Count + b.Count + (int)c[0];

    public static string Shows(ulong a, int b) => $"{a:x16} {b}" + a.ToString();

    public static void Throws() => throw new InvalidOperationException("A broken invariant, never caught.");

    public static int AllocatesBesideTheRunPath()
    {
        Span<byte> bytes = stackalloc byte[8];
        return bytes.Length;
    }

    public static long Multiplies(long a, long b) => (a * b) + checked(a + b);
}
