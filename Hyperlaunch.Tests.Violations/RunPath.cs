using System;

namespace Hyperlaunch.Tests.Violations.Execution;

/// <summary>What only the run path rules out.</summary>
public static class RunPath
{
    [Breaks("stackalloc on the run path")]
    public static int Allocates()
    {
        Span<byte> bytes = stackalloc byte[8];
        return bytes.Length;
    }

    public static class Inner
    {
        [Breaks("stackalloc on the run path")]
        public static int AllocatesToo(int count)
        {
            Span<int> numbers = stackalloc int[count];
            return numbers.Length;
        }
    }
}
