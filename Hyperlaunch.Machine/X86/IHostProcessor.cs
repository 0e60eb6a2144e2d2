namespace Hyperlaunch.Machine.X86;

/// <summary>What the machine's processor can do, as far as a guest may come to know it.</summary>
public interface IHostProcessor
{
    /// <summary>Executes CPUID.</summary>
    CpuidResult Cpuid(uint leaf, uint subleaf);
}
