using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Instructions;

/// <summary>The model-specific registers of the CPU that executes the call.</summary>
internal sealed class ModelRegisters : IModelRegisters
{
    /// <summary>The one access there is.</summary>
    public static ModelRegisters Instance { get; } = new();

    /// <inheritdoc/>
    public bool TryRead(uint register, out ulong value) => Processor.TryReadMsr(register, out value);

    /// <inheritdoc/>
    public bool TryWrite(uint register, ulong value) => Processor.TryWriteMsr(register, value);
}
