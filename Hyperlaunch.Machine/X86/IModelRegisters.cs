namespace Hyperlaunch.Machine.X86;

/// <summary>The model-specific registers of the CPU that executes the call, which may lack any of them.</summary>
public interface IModelRegisters
{
    /// <summary>RDMSR.</summary>
    /// <returns>False when the CPU has no such register.</returns>
    bool TryRead(uint register, out ulong value);

    /// <summary>WRMSR.</summary>
    /// <returns>False when the CPU has no such register, or does not take the value.</returns>
    bool TryWrite(uint register, ulong value);
}
