namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What of CPUID's answers depends on the guest processor that asks.</summary>
public struct CpuidView
{
    /// <summary>Its number in the domain; also its APIC id.</summary>
    public int ProcessorIndex;

    /// <summary>How many processors the domain has.</summary>
    public int ProcessorCount;

    /// <summary>CR4.OSXSAVE.</summary>
    public bool OsXsave;

    /// <summary>XCR0.</summary>
    public ulong Xcr0;

    /// <summary>Its local APIC is enabled (APIC base MSR, bit 11).</summary>
    public bool ApicEnabled;
}
