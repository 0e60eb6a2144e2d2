namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>MSRs that say what VMX offers (Intel SDM vol 3, appendix A).</summary>
internal static class VmxMsr
{
    /// <summary>IA32_VMX_BASIC.</summary>
    public const uint Basic = 0x480;

    /// <summary>IA32_VMX_PINBASED_CTLS.</summary>
    public const uint Pin = 0x481;

    /// <summary>IA32_VMX_PROCBASED_CTLS.</summary>
    public const uint Primary = 0x482;

    /// <summary>IA32_VMX_EXIT_CTLS.</summary>
    public const uint Exit = 0x483;

    /// <summary>IA32_VMX_ENTRY_CTLS.</summary>
    public const uint Entry = 0x484;

    /// <summary>IA32_VMX_MISC.</summary>
    public const uint Miscellaneous = 0x485;

    /// <summary>IA32_VMX_CR0_FIXED0.</summary>
    public const uint Cr0Fixed0 = 0x486;

    /// <summary>IA32_VMX_CR0_FIXED1.</summary>
    public const uint Cr0Fixed1 = 0x487;

    /// <summary>IA32_VMX_CR4_FIXED0.</summary>
    public const uint Cr4Fixed0 = 0x488;

    /// <summary>IA32_VMX_CR4_FIXED1.</summary>
    public const uint Cr4Fixed1 = 0x489;

    /// <summary>IA32_VMX_VMCS_ENUM.</summary>
    public const uint Enumeration = 0x48A;

    /// <summary>IA32_VMX_PROCBASED_CTLS2.</summary>
    public const uint Secondary = 0x48B;

    /// <summary>IA32_VMX_EPT_VPID_CAP.</summary>
    public const uint EptVpid = 0x48C;

    /// <summary>IA32_VMX_TRUE_PINBASED_CTLS.</summary>
    public const uint TruePin = 0x48D;

    /// <summary>IA32_VMX_TRUE_PROCBASED_CTLS.</summary>
    public const uint TruePrimary = 0x48E;

    /// <summary>IA32_VMX_TRUE_EXIT_CTLS.</summary>
    public const uint TrueExit = 0x48F;

    /// <summary>IA32_VMX_TRUE_ENTRY_CTLS.</summary>
    public const uint TrueEntry = 0x490;
}
