using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// A place in a guest's memory that it named by a linear address and that is written again and again: translated once, as the
/// guest may have other page tables later. It may lie in two pages.
/// </summary>
internal struct GuestPlace
{
    private GuestAddress _first;
    private GuestAddress _second;
    private int _inFirst;
    private int _length;

    /// <summary>Whether there is one.</summary>
    public readonly bool IsSet => _length != 0;

    /// <summary>Finds a place of the caller's.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="address">Its linear address.</param>
    /// <param name="length">Bytes, at most a page.</param>
    /// <param name="place">The place.</param>
    /// <returns>False when some of it is not mapped, or may not be written.</returns>
    public static bool TryFind(in HypercallCaller caller, ulong address, int length, out GuestPlace place)
    {
        place = default;
        IVirtualProcessor processor = caller.Cpu.Processor;
        IGuestMemory memory = caller.Cpu.Machine.Memory;
        int inFirst = (int)Math.Min((ulong)length, PageSizes.Page - (address & PageSizes.PageMask));
        GuestAddress second = default;
        if (!GuestPageWalk.TryTranslate(processor, memory, new LinearAddress(address), true, out GuestAddress first, out _)
            || (inFirst < length && !GuestPageWalk.TryTranslate(
                processor, memory, new LinearAddress(address + (uint)inFirst), true, out second, out _)))
        {
            return false;
        }

        place = new GuestPlace { _first = first, _second = second, _inFirst = inFirst, _length = length };
        return true;
    }

    /// <summary>Writes it. What is no memory of the guest's takes nothing.</summary>
    public readonly void Write(IGuestMemory memory, ReadOnlySpan<byte> bytes)
    {
        int inFirst = Math.Min(_inFirst, bytes.Length);
        memory.TryWrite(_first, bytes.Slice(0, inFirst));
        if (inFirst < bytes.Length)
        {
            memory.TryWrite(_second, bytes.Slice(inFirst));
        }
    }
}
