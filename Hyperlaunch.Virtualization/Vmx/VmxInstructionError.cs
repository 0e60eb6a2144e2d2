namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>What the numbers in the field "VM-instruction error" mean (Intel SDM vol 3, 31.4, table 31-1).</summary>
internal static class VmxInstructionError
{
    /// <summary>An error in a sentence.</summary>
    public static string Describe(ulong number) => number switch
    {
        1 => "VMCALL was executed in VMX root operation.",
        2 => "VMCLEAR was given an address that is no page of memory.",
        3 => "VMCLEAR was given the VMXON region.",
        4 => "VMLAUNCH needs a control structure that is clear.",
        5 => "VMRESUME needs a control structure that was launched.",
        6 => "VMRESUME came after VMXOFF and VMXON.",
        7 => "An entry's control fields are invalid (pin-based, processor-based, exit or entry controls, or what they point to).",
        8 => "An entry's host-state fields are invalid (host CR0, CR3, CR4, EFER, PAT, selectors or bases).",
        9 => "VMPTRLD was given an address that is no page of memory.",
        10 => "VMPTRLD was given the VMXON region.",
        11 => "VMPTRLD was given a control structure of another revision.",
        12 => "VMREAD or VMWRITE was given a field that this processor lacks.",
        13 => "VMWRITE was given a read-only field.",
        15 => "VMXON was executed in VMX root operation.",
        16 => "An entry's executive-VMCS pointer is invalid.",
        17 => "An entry's executive VMCS was not launched.",
        18 => "An entry's executive-VMCS pointer is not the VMXON pointer.",
        19 => "VMCALL needs a control structure that is clear.",
        20 => "VMCALL's exit-control fields are invalid.",
        22 => "VMCALL was given an MSEG of another revision.",
        23 => "VMXOFF was executed under dual-monitor treatment.",
        24 => "VMCALL's SMM-monitor features are invalid.",
        25 => "An entry's VM-execution control fields are invalid for the executive VMCS.",
        26 => "An entry's events are blocked by MOV SS.",
        28 => "INVEPT or INVVPID was given an invalid operand.",
        _ => "The processor gives a reason that its manual does not list.",
    };
}
