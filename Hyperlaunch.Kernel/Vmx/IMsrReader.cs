namespace Hyperlaunch.Kernel.Vmx;

/// <summary>Reads model-specific registers: the machine's, or those that a test makes up.</summary>
internal interface IMsrReader
{
    /// <summary>RDMSR.</summary>
    ulong Read(uint register);
}
