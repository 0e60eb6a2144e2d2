using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// One way to start a kernel: where its parts go, how they get there, what the kernel finds in memory, and how its first
/// processor enters it. <see cref="DomainImageBuilder"/> calls the four; what does not depend on the protocol it
/// does itself. A protocol has no state and allocates nothing. <see cref="GuestBoots"/> lists all.
/// </summary>
internal abstract class GuestBoot
{
    /// <summary>Whether a kernel is started by this protocol.</summary>
    public abstract bool IsFor(in KernelImage kernel);

    /// <summary>The longest command line that a kernel accepts, in characters.</summary>
    public abstract uint CommandLineSize(in KernelImage kernel);

    /// <summary>Decides where the kernel and its ramdisk go.</summary>
    /// <param name="image">What the domain starts with.</param>
    /// <param name="layout">The domain's memory.</param>
    /// <param name="kernel">The kernel's place, with what it needs to unpack itself.</param>
    /// <param name="ramdisk">The ramdisk's place; empty when there is none.</param>
    /// <param name="problem">When there is no room, for what.</param>
    public abstract bool TryPlace(
        in DomainImage image, MemoryLayout layout, out MemoryRange kernel, out MemoryRange ramdisk,
        out ConstructionProblem problem);

    /// <summary>Says how the first processor starts.</summary>
    /// <param name="image">The kernel.</param>
    /// <param name="kernel">Its place.</param>
    /// <param name="ramdisk">The ramdisk's place; empty when there is none.</param>
    public abstract DomainEntry Enter(in KernelImage image, MemoryRange kernel, MemoryRange ramdisk);

    /// <summary>Copies the kernel to its place.</summary>
    public abstract bool TryCopy(in KernelImage image, in DomainEntry entry, GuestMemory memory, out ConstructionProblem problem);

    /// <summary>Writes what the kernel is told: its information structure, and what else its entry wants to find.</summary>
    /// <param name="image">What the domain starts with.</param>
    /// <param name="entry">Where everything was put.</param>
    /// <param name="memory">The domain's memory.</param>
    /// <param name="surroundings">What every kernel is told.</param>
    /// <param name="problem">When the memory cannot be written, where.</param>
    public abstract bool TryDescribe(
        in DomainImage image, in DomainEntry entry, GuestMemory memory, in BootSurroundings surroundings,
        out ConstructionProblem problem);

    /// <summary>Copies bytes into the domain.</summary>
    protected static bool TryCopy(ReadOnlySpan<byte> bytes, ulong address, GuestMemory memory, out ConstructionProblem problem)
    {
        bool isWritten = memory.TryWrite(new GuestAddress(address), bytes);
        problem = isWritten
            ? default
            : new ConstructionProblem(ConstructionProblemKind.MemoryAccess, (ulong)bytes.Length, 0, address);
        return isWritten;
    }
}
