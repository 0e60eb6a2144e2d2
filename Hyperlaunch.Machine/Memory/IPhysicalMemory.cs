namespace Hyperlaunch.Machine.Memory;

/// <summary>The machine's physical memory, as the hypervisor reaches it.</summary>
public unsafe interface IPhysicalMemory
{
    /// <summary>
    /// Gives the address under which the hypervisor reads and writes the physical addresses from <paramref name="address"/> on.
    /// </summary>
    /// <param name="address">A physical address.</param>
    /// <param name="length">How many bytes must be reachable.</param>
    /// <returns>The address, or null when some of the range is no memory that the hypervisor may touch.</returns>
    byte* Map(ulong address, ulong length);
}
