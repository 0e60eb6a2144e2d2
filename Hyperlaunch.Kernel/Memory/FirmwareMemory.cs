using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Memory;

/// <summary>
/// The machine's memory for whoever reads firmware's tables: what is not mapped yet is mapped when it is asked for.
/// </summary>
internal sealed unsafe class FirmwareMemory : IPhysicalMemory
{
    /// <inheritdoc/>
    public byte* Map(ulong address, ulong length) => HostMemory.Instance.MapFirmware(address, length);
}
