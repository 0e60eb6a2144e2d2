using System;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>The processor's exceptions by vector (AMD APM vol 2, 8.2).</summary>
internal static class ExceptionNames
{
    /// <summary>The mnemonic and the name.</summary>
    public static ReadOnlySpan<byte> Of(ulong vector) => vector switch
    {
        0 => "#DE divide error"u8,
        1 => "#DB debug"u8,
        2 => "NMI"u8,
        3 => "#BP breakpoint"u8,
        4 => "#OF overflow"u8,
        5 => "#BR bound range"u8,
        6 => "#UD invalid opcode"u8,
        7 => "#NM device not available"u8,
        8 => "#DF double fault"u8,
        10 => "#TS invalid task state"u8,
        11 => "#NP segment not present"u8,
        12 => "#SS stack"u8,
        13 => "#GP general protection"u8,
        14 => "#PF page fault"u8,
        16 => "#MF x87 floating point"u8,
        17 => "#AC alignment check"u8,
        18 => "#MC machine check"u8,
        19 => "#XF SIMD floating point"u8,
        21 => "#CP control protection"u8,
        28 => "#HV hypervisor injection"u8,
        29 => "#VC VMM communication"u8,
        30 => "#SX security"u8,
        _ => "reserved exception"u8,
    };
}
