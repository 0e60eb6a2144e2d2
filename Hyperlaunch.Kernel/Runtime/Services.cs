using System;
using System.Runtime;
using System.Threading;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>The rest of what CoreLib asks of the system below it: time, randomness, memory, the ways to stop.</summary>
internal static unsafe class Services
{
    private const nint MapFailed = -1;

    private static int s_errorNumber;
    private static int s_frozenTaken;
    private static ulong s_random;

    [RuntimeExport("SystemNative_GetLowResolutionTimestamp")]
    private static ulong TickCount() => Processor.ReadTimeStamp() >> 20;

    [RuntimeExport("SystemNative_GetTimestamp")]
    private static ulong Timestamp() => Processor.ReadTimeStamp();

    [RuntimeExport("SystemNative_GetErrNo")]
    private static int GetErrorNumber() => s_errorNumber;

    [RuntimeExport("SystemNative_SetErrNo")]
    private static void SetErrorNumber(int value) => s_errorNumber = value;

    [RuntimeExport("SystemNative_Malloc")]
    private static byte* AllocateUnmanaged(nuint size) => Heap.Allocate(size);

    // Seeds of hash tables, nothing secret: a linear congruential generator stirred by the time stamp counter.
    [RuntimeExport("SystemNative_GetNonCryptographicallySecureRandomBytes")]
    private static void FillRandom(byte* buffer, int length)
    {
        for (int i = 0; i < length; i++)
        {
            s_random = (s_random * 6364136223846793005) + (Processor.ReadTimeStamp() | 1);
            buffer[i] = (byte)(s_random >> 56);
        }
    }

    // CoreLib reserves 4 MiB for objects that live for ever and then commits what it needs, 64 KiB at a time. The reservation
    // is granted once, and a commitment only as far as the image has memory for it.
    [RuntimeExport("SystemNative_MMap")]
    private static nint Reserve(nint address, ulong length, int protection, int flags, nint file, long offset) =>
        Interlocked.Exchange(ref s_frozenTaken, 1) == 0 ? (nint)ImageLayout.Current->FrozenStart : MapFailed;

    [RuntimeExport("SystemNative_MProtect")]
    private static int Commit(ulong address, ulong length, int protection)
    {
        ImageLayout* image = ImageLayout.Current;
        bool inside = address >= image->FrozenStart && address <= image->FrozenEnd && length <= image->FrozenEnd - address;
        return inside ? 0 : -1;
    }

    [RuntimeExport("RhRegisterFrozenSegment")]
    private static nint RegisterFrozenSegment(void* start, nuint size, nuint committed, nuint reserved) => (nint)start;

    [RuntimeExport("RhGetRuntimeVersion")]
    private static byte* RuntimeVersion(int* length)
    {
        *length = 0;
        return null;
    }

    [RuntimeExport("RhGetProcessCpuCount")]
    private static int ProcessorCount() => 1;

    [RuntimeExport("SystemNative_SchedGetCpu")]
    private static int CurrentProcessor() => CurrentCpu.Index;

    [RuntimeExport("RhCurrentOSThreadId")]
    private static ulong CurrentThread() => (ulong)CurrentCpu.Index + 1;

    [RuntimeExport("SystemNative_LogError")]
    private static void LogError(byte* text, int length) => DirectConsole.Write(new ReadOnlySpan<byte>(text, length));

    [RuntimeExport("SystemNative_Abort")]
    private static void Abort() => Panic.Stop("CoreLib ended the program"u8);

    [RuntimeExport("RhGetCrashInfoBuffer")]
    private static byte* CrashInfoBuffer(int* size)
    {
        *size = 0;
        return null;
    }

    [RuntimeExport("KernelUnhandledException")]
    private static void UnhandledException(Exception exception) => Panic.StopUnhandled(exception);

    [RuntimeExport("KernelFailFast")]
    private static void FailFast(int reason, Exception? exception, nint address, void* context) =>
        Panic.Stop("the runtime met a state that it cannot go on from"u8);

    [RuntimeExport("RhpFallbackFailFast")]
    private static void FallbackFailFast() => Panic.Stop("CoreLib found its own state broken"u8);

    [RuntimeExport("unsupported_service")]
    private static void Unsupported(byte* name) => Panic.StopUnsupported(name);
}
