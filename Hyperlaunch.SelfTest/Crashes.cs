using System;
using System.Runtime.CompilerServices;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>
/// The word <c>crash=NAME</c> on the command line: ends the kernel in a way that must leave a readable panic. For the machine
/// tests.
/// </summary>
internal static unsafe class Crashes
{
    /// <summary>What a command line's word begins with.</summary>
    public const string Word = "crash=";

    /// <summary>Crashes in the way named; returns when there is no such way.</summary>
    public static void Run(string name)
    {
        ImageLayout* image = ImageLayout.Current;
        switch (name)
        {
            case "exception":
                throw new InvalidOperationException("nobody catches this");
            case "fail-fast":
                Environment.FailFast("asked for");
                break;
            case "stack-overflow":
                LanguageTests.Opaque(Recurse(LanguageTests.Opaque(1)));
                break;
            case "write-code":
                // Unsound on purpose, as are those below: the page tables must stop them.
                *(byte*)image->TextStart = 0;
                break;
            case "write-constant":
                *(byte*)image->RodataStart = 0;
                break;
            case "execute-data":
                ((delegate*<void>)image->HeapStart)();
                break;
            case "general-protection":
                *(byte*)0x1000_0000_0000_0000 = 0;
                break;
            default:
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Recurse(int depth) => depth == 0 ? 0 : Recurse(depth + 1) + LanguageTests.Opaque(depth);
}
