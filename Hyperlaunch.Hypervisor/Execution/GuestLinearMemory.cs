using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>Reads and writes at a guest's linear addresses, page by page, as an instruction of the guest would.</summary>
internal static class GuestLinearMemory
{
    /// <summary>Reads as much as is mapped, up to the whole of <paramref name="destination"/>.</summary>
    /// <param name="processor">The guest processor.</param>
    /// <param name="memory">Its domain's memory.</param>
    /// <param name="linear">The first linear address.</param>
    /// <param name="destination">Where the bytes go.</param>
    /// <param name="fault">Where and why it stopped, when it stopped early.</param>
    /// <returns>How many bytes were read.</returns>
    public static int Read(
        IVirtualProcessor processor, IGuestMemory memory, LinearAddress linear, Span<byte> destination, out LinearFault fault)
        => Copy(processor, memory, linear, destination, destination, isWrite: false, out fault);

    /// <summary>Writes as much as is mapped, up to the whole of <paramref name="source"/>.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Write(
        IVirtualProcessor processor, IGuestMemory memory, LinearAddress linear, ReadOnlySpan<byte> source, out LinearFault fault)
        => Copy(processor, memory, linear, default, source, isWrite: true, out fault);

    // From source to the guest, or from the guest to destination; source has the length in both cases.
    private static int Copy(
        IVirtualProcessor processor, IGuestMemory memory, LinearAddress linear, Span<byte> destination, ReadOnlySpan<byte> source,
        bool isWrite, out LinearFault fault)
    {
        fault = default;
        int done = 0;
        while (done < source.Length)
        {
            int count = CountInPage(linear, source.Length - done);
            if (!GuestPageWalk.TryTranslate(processor, memory, linear, isWrite, out GuestAddress physical, out uint errorCode)
                || !(isWrite
                    ? memory.TryWrite(physical, source.Slice(done, count))
                    : memory.TryRead(physical, destination.Slice(done, count))))
            {
                fault = new LinearFault(linear.Value, errorCode);
                break;
            }

            done += count;
            linear += (uint)count;
        }

        return done;
    }

    private static int CountInPage(LinearAddress linear, int wanted)
    {
        int inPage = (int)(PageSizes.Page - (linear.Value & PageSizes.PageMask));
        return wanted < inPage ? wanted : inPage;
    }
}
