using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;

namespace Hyperlaunch.Tests.Violations;

/// <summary>Methods with one instruction, or one handler, that the subset rules out.</summary>
public static unsafe class Instructions
{
    [Breaks("exception handler")]
    public static int Catches(int[] values)
    {
        try
        {
            return values[0];
        }
        catch (IndexOutOfRangeException)
        {
            return 0;
        }
    }

    [Breaks("exception handler")]
    public static int CatchesWhen(int[] values)
    {
        try
        {
            return values[0];
        }
        catch (IndexOutOfRangeException) when (values.Length == 0)
        {
            return 0;
        }
    }

    [Breaks("exception handler")]
    public static void Finally(int[] values)
    {
        try
        {
            values[0] = 1;
        }
        finally
        {
            values[1] = 2;
        }
    }

    [Breaks("exception handler")]
    public static int ForeachOverAnInterface(IEnumerable<int> values)
    {
        int sum = 0;
        foreach (int value in values)
        {
            sum += value;
        }

        return sum;
    }

    [Breaks("exception handler")]
    public static void Using(IDisposable disposable)
    {
        using (disposable)
        {
            disposable.ToString();
        }
    }

    [Breaks("division of long")]
    public static long DividesLong(long a, long b) => a / b;

    [Breaks("division of long")]
    public static long RemainderOfLong(long a) => a % 10;

    [Breaks("division of long")]
    public static long DividesElementsOfLong(long[] a) => a[0] / 10;

    [Breaks("divisor of ulong")]
    public static ulong DividesUlong(ulong a, ulong b) => a / b;

    [Breaks("divisor of ulong")]
    public static ulong DividesUlongByField(ulong a, (ulong First, int Second) b) => a / b.First;

    [Breaks("divisor of ulong")]
    public static ulong DividesUlongByAConstant(ulong a) => a / 0x8000000000000000;

    [Breaks("remainder of ulong")]
    public static ulong RemainderOfUlong(ulong a, ulong b) => a % b;

    [Breaks("remainder of ulong")]
    public static ulong RemainderByAConstant(ulong a) => a % 0x100000000;

    [Breaks("shift of long")]
    public static long ShiftsLong(long a) => a >> 32;

    [Breaks("shift of long")]
    public static long ShiftsLongByAVariable(long a, int b) => a >> b;

    [Breaks("checked multiplication")]
    public static uint ChecksMultiplication(uint a, uint b) => checked(a * b);

    [Breaks("Array.Sort")]
    public static void SortsArray(int[] a) => Array.Sort(a);

    [Breaks("List.Sort")]
    public static void SortsList(List<int> a) => a.Sort();

    [Breaks("LINQ")]
    public static IEnumerable<int> Orders(List<int> a) => a.OrderBy(Same);

    [Breaks("enum as object")]
    public static string EnumToString(DayOfWeek a) => a.ToString();

    [Breaks("enum as object")]
    public static string EnumInterpolation(DayOfWeek a) => string.Concat("day ", (object)a);

    [Breaks("enum as object")]
    public static int EnumHash(DayOfWeek a) => a.GetHashCode();

    [Breaks("enum as object")]
    public static bool HasFlag(AttributeTargets a, AttributeTargets b) => a.HasFlag(b);

    [Breaks("string.CompareTo")]
    public static int ComparesStrings(string a, string b) => a.CompareTo(b);

    [Breaks("BitOperations.PopCount")]
    public static int CountsBits(uint a) => BitOperations.PopCount(a);

    [Breaks("ulong.ToString with a format")]
    public static string FormatsUlong(ulong a) => a.ToString("x16");

    [Breaks("IntPtr.Size")]
    public static int SizeOfIntPtr() => IntPtr.Size;

    [Breaks("IntPtr.Size")]
    public static int SizeOfUIntPtr() => UIntPtr.Size;

    [Breaks("sizeof a struct with a fixed buffer")]
    public static int SizeOfBuffer() => sizeof(Buffer);

    [Breaks("delegate combination")]
    public static Action Combines(Action a, Action b) => a + b;

    [Breaks("delegate combination")]
    public static Action? Removes(Action a, Action b) => a - b;

    [Breaks("multi-dimensional array")]
    public static int[,] MakesTable() => new int[2, 2];

    [Breaks("multi-dimensional array")]
    public static int ReadsTable(int[,] a) => a[1, 1];

    [Breaks("Dictionary key")]
    public static object KeyOfEnum() => new Dictionary<DayOfWeek, int>();

    [Breaks("Dictionary key")]
    public static bool KeyOfStruct(Dictionary<(int, int), int> a) => a.ContainsKey((1, 2));

    [Breaks("Dictionary key")]
    public static int KeyOfObject(Dictionary<object, int> a) => a.Count;

    [Breaks("IEnumerable<object>")]
    public static IEnumerable<object> Covariance(IEnumerable<string> a) => a;

    private static int Same(int a) => a;

    public struct Buffer
    {
        public fixed byte Bytes[8];
    }
}
