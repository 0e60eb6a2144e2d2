using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// Types, dispatch, generics, collections and text: what compiled C# asks of the runtime without an exception in sight.
/// </summary>
internal static unsafe class LanguageTests
{
    private static readonly int[] s_initialized = [Opaque(1), Opaque(2), Opaque(3)];

    [ThreadStatic]
    private static int s_perProcessor;

    [ThreadStatic]
    private static List<int>? s_perProcessorList;

    private enum Colour
    {
        Red = 1,
        Green = 2,
    }

    private interface IShape
    {
        int Area { get; }

        int Twice() => Area * 2;
    }

    /// <summary>Keeps the compiler from computing a test's answer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Opaque<T>(T value) => value;

    /// <summary>The tests of this class, by name.</summary>
    public static void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        Add(tests, "virtual-dispatch", VirtualDispatch);
        Add(tests, "interface-dispatch", InterfaceDispatch);
        Add(tests, "interface-many-types", InterfaceOfManyTypes);
        Add(tests, "default-interface-method", () => ((IShape)Opaque(new Square(3))).Twice() == 18);
        Add(tests, "generic-dispatch", GenericDispatch);
        Add(tests, "static-constructor", () => s_initialized.Length == 3 && Lazily.Value == 42 && Lazily.Runs == 1);
        Add(tests, "boxing", Boxing);
        Add(tests, "casts", Casts);
        Add(tests, "delegates", Delegates);
        Add(tests, "multicast-delegate", MulticastDelegate);
        Add(tests, "closures", Closures);
        Add(tests, "arrays", Arrays);
        Add(tests, "multidimensional-array", MultidimensionalArray);
        Add(tests, "array-covariance", ArrayCovariance);
        Add(tests, "span", Spans);
        Add(tests, "stackalloc", StackAllocation);
        Add(tests, "binary-primitives", Binary);
        Add(tests, "memory-marshal", Marshalling);
        Add(tests, "memmove-overlap", OverlappingMove);
        Add(tests, "function-pointer", () => Opaque((nint)(delegate*<int, int>)&Increment) is var f
            && ((delegate*<int, int>)f)(4) == 5);
        Add(tests, "unmanaged-callers-only", () => ((delegate* unmanaged<int, int>)&Double)(21) == 42);
        Add(tests, "structs", Structs);
        Add(tests, "record-struct", () => Opaque(new Point(1, 2)) == new Point(1, 2) && new Point(1, 2) != new Point(2, 1));
        Add(tests, "type-identity", () => typeof(List<int>) == Opaque((object)new List<int>()).GetType()
            && typeof(Line) != Opaque((object)new Square(1)).GetType());
        Add(tests, "strings", Strings);
        Add(tests, "interpolation",
            () => $"{Opaque(255):x4}|{Opaque(-7)}|{Opaque(true)}|{Opaque(1UL << 63)}|{Opaque("s"),3}"
                == "00ff|-7|True|9223372036854775808|  s");
        Add(tests, "string-builder", Building);
        Add(tests, "utf8", Utf8);
        Add(tests, "switch-on-string", () => Number("two") == 2 && Number("three") == 3 && Number("four") == 0);
        Add(tests, "list", Lists);
        Add(tests, "dictionary", Dictionaries);
        Add(tests, "hash-set-queue-stack", Collections);
        Add(tests, "iterator", Iterators);
        Add(tests, "pattern-matching", () => Describe(new Square(2)) == "square of 2" && Describe(7) == "positive"
            && Describe(null) == "nothing");
        Add(tests, "tuples", () => Opaque((1, "a")) is (1, "a") && Opaque<(int, string)>((1, "a")).Equals((1, "a")));
        Add(tests, "nullable", () => Opaque<int?>(3) + 1 == 4 && Opaque<int?>(null) is null
            && ((object)Opaque<int?>(5)!).Equals(5));
        Add(tests, "thread-static", ThreadStatics);
        Add(tests, "lock", Locking);
    }

    private static void Add(List<KeyValuePair<string, Func<bool>>> tests, string name, Func<bool> test)
        => tests.Add(new(name, test));

    private static bool VirtualDispatch()
    {
        Shape[] shapes = [new Square(2), new Line(), new Square(3)];
        int sum = 0;
        foreach (Shape shape in shapes)
        {
            sum += shape.Area;
        }

        return sum == 13 && Opaque<object>(new Line()).ToString() == "line";
    }

    private static bool InterfaceDispatch()
    {
        IShape[] shapes = [new Square(2), new Line(), new Boxed(5)];
        int sum = 0;
        for (int round = 0; round < 3; round++)
        {
            foreach (IShape shape in shapes)
            {
                sum += shape.Area;
            }
        }

        return sum == 27;
    }

    // More types than a call site remembers.
    private static bool InterfaceOfManyTypes()
    {
        IEquatable<int>[] ints = [1];
        object[] values = [(byte)1, (sbyte)1, (short)1, (ushort)1, 1, 1U, 1L, 1UL, 1.0f, 1.0, 'a', 1.0m];
        int sum = 0;
        for (int round = 0; round < 2; round++)
        {
            foreach (object value in values)
            {
                sum += ((IConvertible)value).GetTypeCode() == TypeCode.Char ? 100 : 1;
            }
        }

        return sum == 222 && ints[0].Equals(1);
    }

    private static bool GenericDispatch() =>
        Largest(3, 9, 4) == 9 && Largest("b", "c", "a") == "c" && new Holder<Square>(new Square(4)).Area == 16
        && new Holder<Boxed>(new Boxed(6)).Area == 6;

    private static bool Boxing()
    {
        object box = Opaque(17);
        IShape shape = Opaque(new Boxed(8));
        return (int)box == 17 && box.Equals(17) && box.GetHashCode() == 17 && shape.Area == 8 && box is not long;
    }

    private static bool Casts()
    {
        object value = Opaque<object>(new Square(1));
        return value is Shape && value is IShape && value is not Line && (value as Line) == null && ((Shape)value).Area == 1
            && Opaque<object>(new List<string>()) is IReadOnlyList<object> && Opaque<object>(new int[1]) is uint[];
    }

    private static bool Delegates()
    {
        Func<int, int> function = Opaque<Func<int, int>>(Increment);
        Func<int> bound = Opaque(new Square(5)).Calculate;
        Func<Shape, int> open = static s => s.Area;
        return function(1) == 2 && bound() == 25 && open(new Square(2)) == 4;
    }

    private static bool MulticastDelegate()
    {
        int sum = 0;
        Action<int>? both = null;
        both += n => sum += n;
        both += n => sum += 10 * n;
        both(3);
        return sum == 33;
    }

    private static bool Closures()
    {
        List<Func<int>> functions = [];
        for (int i = 0; i < 3; i++)
        {
            int copy = i;
            functions.Add(() => copy * copy);
        }

        return functions[0]() + functions[1]() + functions[2]() == 5;
    }

    private static bool Arrays()
    {
        int[] numbers = [5, 3, 1, 4, 2];
        Array.Sort(numbers);
        int[] copy = (int[])numbers.Clone();
        Array.Reverse(copy);
        return string.Join(',', numbers) == "1,2,3,4,5" && copy[0] == 5 && Array.IndexOf(copy, 2) == 3 && numbers[^1] == 5
            && numbers[1..3].Length == 2;
    }

    private static bool MultidimensionalArray()
    {
        int[,] grid = new int[Opaque(2), 3];
        grid[1, 2] = 7;
        return grid.Length == 6 && grid[1, 2] == 7 && grid.GetLength(1) == 3;
    }

    private static bool ArrayCovariance()
    {
        object[] objects = Opaque<object[]>(new string[2]);
        objects[0] = "text";
        try
        {
            objects[1] = Opaque<object>(1);
            return false;
        }
        catch (ArrayTypeMismatchException)
        {
            return objects[1] == null;
        }
    }

    private static bool Spans()
    {
        ReadOnlySpan<byte> bytes = "hyperlaunch"u8;
        Span<int> numbers = [1, 2, 3, 4];
        numbers[1..3].Fill(9);
        return bytes.IndexOf((byte)'l') == 5 && bytes[5..].StartsWith("launch"u8) && numbers[2] == 9
            && numbers.ToArray().Length == 4
            && bytes.SequenceEqual("hyperlaunch"u8.ToArray());
    }

    private static bool StackAllocation()
    {
        Span<ulong> words = stackalloc ulong[Opaque(64)];
        ulong sum = 0;
        for (int i = 0; i < words.Length; i++)
        {
            sum += words[i];
            words[i] = (ulong)i;
        }

        foreach (ulong word in words)
        {
            sum += word;
        }

        return sum == 2016;
    }

    private static bool Binary()
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(buffer, 0xd00dfeed);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[4..], Opaque(0x12345678u));
        return buffer[0] == 0xd0 && buffer[7] == 0x12 && BinaryPrimitives.ReadUInt64BigEndian(buffer) == 0xd00dfeed78563412
            && BinaryPrimitives.ReverseEndianness(Opaque((ushort)0x1234)) == 0x3412;
    }

    private static bool Marshalling()
    {
        Span<byte> bytes = stackalloc byte[sizeof(Pair)];
        MemoryMarshal.Write(bytes, new Pair { Low = 0x11223344, High = 0x55667788 });
        return MemoryMarshal.Cast<byte, uint>(bytes)[1] == 0x55667788 && MemoryMarshal.Read<ulong>(bytes) == 0x5566778811223344
            && Unsafe.As<byte, uint>(ref bytes[0]) == 0x11223344;
    }

    private static bool OverlappingMove()
    {
        const int size = 10_000;
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++)
        {
            data[i] = (byte)(i * 7);
        }

        bool right = true;
        foreach (int distance in (int[])[1, 7, 16, 100, 4096])
        {
            byte[] up = (byte[])data.Clone();
            up.AsSpan(0, size - distance).CopyTo(up.AsSpan(distance));
            byte[] down = (byte[])data.Clone();
            down.AsSpan(distance).CopyTo(down);
            for (int i = 0; i < size - distance; i++)
            {
                right &= up[i + distance] == data[i] && down[i] == data[i + distance];
            }
        }

        return right;
    }

    private static bool Structs()
    {
        Pair first = new() { Low = 1, High = 2 };
        Pair second = Opaque(first);
        second.Low = 9;
        Fixed fixedBuffer = default;
        fixedBuffer.Words[3] = 4;
        Union union = new() { Whole = 0x1122334455667788 };
        return first.Low == 1 && second is { Low: 9, High: 2 } && fixedBuffer.Words[3] == 4 && union.LowByte == 0x88
            && sizeof(Fixed) == 32;
    }

    private static bool Strings()
    {
        string text = Opaque("console=ttyS0 earlyprintk");
        string[] words = text.Split(' ');
        return words.Length == 2 && words[0].Substring(8) == "ttyS0" && text.Contains("early", StringComparison.Ordinal)
            && text.ToUpperInvariant().EndsWith("PRINTK", StringComparison.Ordinal) && string.Concat(words[1], "!").Length == 12
            && int.Parse("-12") == -12 && ulong.TryParse("18446744073709551615", out ulong big) && big == ulong.MaxValue
            && string.CompareOrdinal("a", "b") < 0 && "a,b".Replace(',', ';') == "a;b" && new string('x', 3) == "xxx";
    }

    private static bool Building()
    {
        StringBuilder text = new();
        for (int i = 0; i < 100; i++)
        {
            text.Append(i).Append(',');
        }

        return text.Length == 290 && text.ToString().EndsWith("98,99,", StringComparison.Ordinal);
    }

    private static bool Utf8()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Opaque("häß€"));
        return bytes.Length == 8 && Encoding.UTF8.GetString(bytes) == "häß€" && Encoding.ASCII.GetString("ok"u8) == "ok";
    }

    private static int Number(string name)
    {
        switch (Opaque(name))
        {
            case "one": return 1;
            case "two": return 2;
            case "three": return 3;
            case "five": return 5;
            case "six": return 6;
            case "seven": return 7;
            case "eight": return 8;
            default: return 0;
        }
    }

    private static bool Lists()
    {
        List<int> list = [];
        for (int i = 0; i < 1000; i++)
        {
            list.Add(i);
        }

        list.RemoveAt(0);
        list.Insert(0, 5);
        list.Sort(static (a, b) => b - a);
        int sum = 0;
        foreach (int i in list)
        {
            sum += i;
        }

        return list.Count == 1000 && sum == 499505 && list[0] == 999 && list.Contains(5);
    }

    private static bool Dictionaries()
    {
        Dictionary<string, int> byName = new() { ["dom0"] = 0, ["domU"] = 1 };
        Dictionary<ulong, string> byAddress = [];
        Dictionary<Colour, int> byEnum = new() { [Colour.Red] = 1 };
        Dictionary<Point, int> byStruct = new() { [new Point(1, 2)] = 3 };
        for (ulong i = 0; i < 500; i++)
        {
            byAddress[i << 12] = "page";
        }

        return byName["domU"] == 1 && !byName.ContainsKey("dom2") && byAddress.Count == 500 && byAddress.Remove(0x1000)
            && byEnum[Opaque(Colour.Red)] == 1 && byStruct[Opaque(new Point(1, 2))] == 3;
    }

    private static bool Collections()
    {
        HashSet<string> set = ["a", "b", "a"];
        Queue<int> queue = new([1, 2, 3]);
        Stack<int> stack = new([1, 2, 3]);
        return set.Count == 2 && queue.Dequeue() == 1 && stack.Pop() == 3;
    }

    private static bool Iterators()
    {
        int sum = 0;
        foreach (int i in Count(4))
        {
            sum += i;
        }

        return sum == 6;
    }

    private static IEnumerable<int> Count(int limit)
    {
        for (int i = 0; i < limit; i++)
        {
            yield return i;
        }
    }

    private static string Describe(object? value) => Opaque(value) switch
    {
        null => "nothing",
        Square { Area: 4 } => "square of 2",
        int and > 0 => "positive",
        _ => "other",
    };

    private static bool ThreadStatics()
    {
        s_perProcessor += 3;
        s_perProcessorList ??= [];
        s_perProcessorList.Add(s_perProcessor);
        return s_perProcessor == 3 && s_perProcessorList.Count == 1;
    }

    private static bool Locking()
    {
        System.Threading.Lock gate = new();
        object monitor = new();
        int n = 0;
        lock (gate)
        {
            lock (monitor)
            {
                lock (monitor)
                {
                    n++;
                }
            }
        }

        return n == 1 && System.Threading.Interlocked.Increment(ref n) == 2;
    }

    private static T Largest<T>(params ReadOnlySpan<T> values)
        where T : IComparable<T>
    {
        T largest = values[0];
        foreach (T value in values)
        {
            if (value.CompareTo(largest) > 0)
            {
                largest = value;
            }
        }

        return largest;
    }

    private static int Increment(int value) => value + 1;

    [UnmanagedCallersOnly]
    private static int Double(int value) => value * 2;

    private static class Lazily
    {
        public static readonly int Value = Opaque(42);

        static Lazily() => Runs++;

        public static int Runs { get; private set; }
    }

    private abstract class Shape
    {
        public abstract int Area { get; }

        public int Calculate() => Area;
    }

    private sealed class Square(int side) : Shape, IShape
    {
        public override int Area => side * side;
    }

    private sealed class Line : Shape, IShape
    {
        public override int Area => 0;

        public override string ToString() => "line";
    }

    private struct Boxed(int area) : IShape
    {
        public readonly int Area => area;
    }

    private sealed class Holder<T>(T shape)
        where T : IShape
    {
        public int Area => shape.Area;
    }

    private readonly record struct Point(int X, int Y);

    private struct Pair
    {
        public uint Low;
        public uint High;
    }

    private struct Fixed
    {
        public fixed ulong Words[4];
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Union
    {
        [FieldOffset(0)]
        public ulong Whole;

        [FieldOffset(0)]
        public byte LowByte;
    }
}
