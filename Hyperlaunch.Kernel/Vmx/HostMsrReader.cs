using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Vmx;

/// <summary>The MSRs of the CPU that executes this.</summary>
internal sealed class HostMsrReader : IMsrReader
{
    /// <inheritdoc/>
    public ulong Read(uint register) => Processor.ReadMsr(register);
}
