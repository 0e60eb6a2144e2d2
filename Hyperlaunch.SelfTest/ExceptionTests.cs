using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>Exceptions: both passes, every kind of clause, and those that the processor raises.</summary>
internal static class ExceptionTests
{
    private static readonly List<string> s_trace = [];

    /// <summary>The tests of this class, by name.</summary>
    public static void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        Add(tests, "throw-catch", ThrowAndCatch);
        Add(tests, "catch-by-type", CatchByType);
        Add(tests, "exception-filter", Filter);
        Add(tests, "exception-in-filter", FilterThatThrows);
        Add(tests, "finally", Finally);
        Add(tests, "finally-order", FinallyOrder);
        Add(tests, "rethrow", Rethrow);
        Add(tests, "throw-in-catch", ThrowInCatch);
        Add(tests, "throw-in-finally", ThrowInFinally);
        Add(tests, "catch-in-finally", CatchInFinally);
        Add(tests, "inner-exception", InnerException);
        Add(tests, "using", Using);
        Add(tests, "deep-unwind", DeepUnwind);
        Add(tests, "many-throws", ManyThrows);
        Add(tests, "registers-across-catch", RegistersAcrossCatch);
        Add(tests, "exception-in-static-constructor", StaticConstructorThatThrows);
        Add(tests, "invalid-cast", () => Throws<InvalidCastException>(
            static () => ((string)LanguageTests.Opaque<object>(new List<int>())).Length));
        Add(tests, "index-out-of-range", () => Throws<IndexOutOfRangeException>(
            static () => LanguageTests.Opaque(new int[3])[LanguageTests.Opaque(3)]));
        Add(tests, "span-out-of-range", () => Throws<ArgumentOutOfRangeException>(
            static () => LanguageTests.Opaque(new int[3]).AsSpan(LanguageTests.Opaque(4)).Length));
        Add(tests, "null-field", () => Throws<NullReferenceException>(
            static () => LanguageTests.Opaque<List<int>?>(null)!.Count));
        Add(tests, "null-virtual-call", () => Throws<NullReferenceException>(
            static () => LanguageTests.Opaque<object?>(null)!.GetHashCode()));
        Add(tests, "null-interface-call", () => Throws<NullReferenceException>(
            static () => LanguageTests.Opaque<IComparable<string>?>(null)!.CompareTo("a")));
        Add(tests, "null-array", () => Throws<NullReferenceException>(
            static () => LanguageTests.Opaque<int[]?>(null)![LanguageTests.Opaque(0)]));
        Add(tests, "divide-by-zero", () => Throws<DivideByZeroException>(static () => 5 / LanguageTests.Opaque(0)));
        Add(tests, "divide-by-zero-64", () => Throws<DivideByZeroException>(static () => (int)(5UL % LanguageTests.Opaque(0UL))));
        Add(tests, "out-of-memory", () => Throws<OutOfMemoryException>(
            static () => new byte[LanguageTests.Opaque(int.MaxValue)].Length));
    }

    private static void Add(List<KeyValuePair<string, Func<bool>>> tests, string name, Func<bool> test)
        => tests.Add(new(name, test));

    private static bool Throws<T>(Func<int> action)
        where T : Exception
    {
        try
        {
            action();
            return false;
        }
        catch (T)
        {
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail(string message) => throw new InvalidOperationException(message);

    private static bool Traced(string expected)
    {
        string trace = string.Join(' ', s_trace);
        s_trace.Clear();
        return trace == expected;
    }

    private static bool ThrowAndCatch()
    {
        try
        {
            Fail("reason");
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message == "reason";
        }

        return false;
    }

    private static bool CatchByType()
    {
        try
        {
            Fail("x");
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
        catch (Exception)
        {
            return false;
        }

        return false;
    }

    private static bool Filter()
    {
        int local = LanguageTests.Opaque(5);
        try
        {
            Fail("second");
        }
        catch (InvalidOperationException exception) when (exception.Message == "first")
        {
            return false;
        }
        catch (InvalidOperationException exception) when (exception.Message == "second" && local == 5)
        {
            return true;
        }

        return false;
    }

    private static bool FilterThatThrows()
    {
        try
        {
            Fail("outer");
        }
        catch (InvalidOperationException) when (Divide(0) == 1)
        {
            return false;
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message == "outer";
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int divisor)
    {
        if (divisor == 0)
        {
            throw new DivideByZeroException();
        }

        return 1 / divisor;
    }

    private static bool Finally()
    {
        try
        {
            try
            {
                s_trace.Add("try");
            }
            finally
            {
                s_trace.Add("finally");
            }

            try
            {
                Fail("x");
            }
            finally
            {
                s_trace.Add("unwound");
            }
        }
        catch (InvalidOperationException)
        {
            s_trace.Add("caught");
        }

        return Traced("try finally unwound caught");
    }

    // A filter runs in the first pass, before any finally of the frames below it.
    private static bool FinallyOrder()
    {
        try
        {
            Nested();
        }
        catch (InvalidOperationException) when (Note("filter"))
        {
            s_trace.Add("caught");
        }

        return Traced("filter inner outer caught");
    }

    private static bool Note(string text)
    {
        s_trace.Add(text);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Nested()
    {
        try
        {
            try
            {
                Fail("x");
            }
            finally
            {
                s_trace.Add("inner");
            }
        }
        finally
        {
            s_trace.Add("outer");
        }
    }

    private static bool Rethrow()
    {
        try
        {
            try
            {
                Fail("again");
            }
            catch (InvalidOperationException)
            {
                s_trace.Add("first");
                throw;
            }
            finally
            {
                s_trace.Add("finally");
            }
        }
        catch (InvalidOperationException exception)
        {
            s_trace.Add(exception.Message);
        }

        return Traced("first finally again");
    }

    private static bool ThrowInCatch()
    {
        try
        {
            try
            {
                Fail("first");
            }
            catch (InvalidOperationException)
            {
                s_trace.Add("handler");
                throw new ArgumentException("second");
            }
            finally
            {
                s_trace.Add("finally");
            }
        }
        catch (ArgumentException exception)
        {
            s_trace.Add(exception.Message);
        }

        return Traced("handler finally second");
    }

    private static bool ThrowInFinally()
    {
        try
        {
            try
            {
                Fail("first");
            }
            finally
            {
                s_trace.Add("finally");
                Fail("second");
            }
        }
        catch (InvalidOperationException exception)
        {
            s_trace.Add(exception.Message);
        }

        return Traced("finally second");
    }

    private static bool CatchInFinally()
    {
        try
        {
            try
            {
                Fail("first");
            }
            finally
            {
                try
                {
                    Fail("second");
                }
                catch (InvalidOperationException exception)
                {
                    s_trace.Add(exception.Message);
                }
            }
        }
        catch (InvalidOperationException exception)
        {
            s_trace.Add(exception.Message);
        }

        return Traced("second first");
    }

    private static bool InnerException()
    {
        try
        {
            try
            {
                Fail("cause");
            }
            catch (InvalidOperationException exception)
            {
                throw new NotSupportedException("effect", exception);
            }
        }
        catch (NotSupportedException exception)
        {
            return exception.InnerException?.Message == "cause";
        }

        return false;
    }

    private static bool Using()
    {
        try
        {
            using Resource resource = new();
            Fail("x");
        }
        catch (InvalidOperationException)
        {
            s_trace.Add("caught");
        }

        return Traced("disposed caught");
    }

    private static bool DeepUnwind()
    {
        try
        {
            Descend(LanguageTests.Opaque(200));
            return false;
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message == "bottom";
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int depth)
    {
        if (depth == 0)
        {
            Fail("bottom");
        }

        return Descend(depth - 1) + 1;
    }

    private static bool ManyThrows()
    {
        int caught = 0;
        for (int i = 0; i < 1000; i++)
        {
            try
            {
                Fail("x");
            }
            catch (InvalidOperationException)
            {
                caught++;
            }
        }

        return caught == 1000;
    }

    // Locals that live across the handler in whatever registers the compiler likes.
    private static bool RegistersAcrossCatch()
    {
        int a = LanguageTests.Opaque(1), b = LanguageTests.Opaque(2), c = LanguageTests.Opaque(3), d = LanguageTests.Opaque(4),
            e = LanguageTests.Opaque(5);
        int sum = 0;
        for (int i = 0; i < 10; i++)
        {
            sum += Clobber(a, b, c, d, e);
        }

        return sum == 150 && a + b + c + d + e == 15;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Clobber(int a, int b, int c, int d, int e)
    {
        try
        {
            Descend(LanguageTests.Opaque(3));
        }
        catch (InvalidOperationException)
        {
            return a + b + c + d + e;
        }

        return 0;
    }

    private static bool StaticConstructorThatThrows()
    {
        for (int i = 0; i < 2; i++)
        {
            try
            {
                if (Broken.Value == 0)
                {
                    return false;
                }
            }
            catch (TypeInitializationException exception)
            {
                s_trace.Add(exception.InnerException!.Message);
            }
        }

        return Traced("broken broken");
    }

    private sealed class Resource : IDisposable
    {
        public void Dispose() => s_trace.Add("disposed");
    }

    private static class Broken
    {
        public static readonly int Value = LanguageTests.Opaque(1);

        static Broken() => Fail("broken");
    }
}
