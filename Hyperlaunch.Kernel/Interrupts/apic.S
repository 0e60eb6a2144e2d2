/* What a write to the local APIC must not overtake (Intel SDM vol 3, 11.12.3: WRMSR to x2APIC registers is not ordered). */
    .text
    .globl FenceBeforeSignal
FenceBeforeSignal:
    mfence
    lfence
    ret

    .section .note.GNU-stack, "", @progbits
