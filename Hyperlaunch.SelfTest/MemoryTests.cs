using System;
using System.Collections.Generic;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>Domains' memory, on the machine's own and in its processor's page tables.</summary>
internal sealed class MemoryTests
{
    private const int MaximumAllocations = 16;

    private readonly PageAllocator _allocator;
    private readonly GuestMemory _memory;

    /// <summary>Makes the tests of a machine.</summary>
    /// <param name="virtualization">The extension, for its page tables.</param>
    /// <param name="info">What the machine has.</param>
    /// <param name="reserved">What of it is in use.</param>
    public MemoryTests(IVirtualization virtualization, BootInfo info, ReservedRanges reserved)
    {
        _allocator = new PageAllocator(info.MemoryMap, reserved.Ranges, MaximumAllocations);
        _memory = new GuestMemory(HostMemory.Instance, _allocator, virtualization.NestedPages);
    }

    /// <summary>The tests of this class, by name.</summary>
    public void AddTo(List<KeyValuePair<string, Func<bool>>> tests) => tests.Add(new("memory-lives", Lives));

    // A domain's memory is taken, touched, scrubbed and given back a thousand times: each finds it clear, and no page is lost.
    private bool Lives()
    {
        const int Count = 1_000;
        const ulong Size = 8 << 20;
        GuestAddress address = new((5 << 20) + 8);
        Span<byte> found = stackalloc byte[8];
        ReadOnlySpan<byte> written = [1, 2, 3, 4, 5, 6, 7, 8];
        ulong before = _allocator.FreeBytes;
        for (int i = 0; i < Count; i++)
        {
            if (!_memory.TryAllocate(Size, out _)
                || !_memory.TryPopulate(address)
                || !_memory.TryRead(address, found) || found.ContainsAnyExcept((byte)0)
                || !_memory.TryWrite(address, written))
            {
                return false;
            }

            _memory.Destroy();
            if (_allocator.FreeBytes != before)
            {
                throw new InvalidOperationException($"{before - _allocator.FreeBytes} bytes lost after {i + 1} lives");
            }
        }

        return true;
    }
}
