namespace Hyperlaunch.Machine.X86;

/// <summary>The four registers that CPUID answers with.</summary>
public struct CpuidResult
{
    /// <summary>EAX.</summary>
    public uint Eax;

    /// <summary>EBX.</summary>
    public uint Ebx;

    /// <summary>ECX.</summary>
    public uint Ecx;

    /// <summary>EDX.</summary>
    public uint Edx;
}
