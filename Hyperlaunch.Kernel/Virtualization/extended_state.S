/* Switching the state that only XSAVE and MOV to and from debug registers reach (AMD APM vol 2, 11.5 and 13.1.1). */
    .text

    .globl ExtendedControlRead, ExtendedControlWrite
ExtendedControlRead:                    /* ulong (): XCR0 */
    xorl %ecx, %ecx
    xgetbv
    shlq $32, %rdx
    orq %rdx, %rax
    ret
ExtendedControlWrite:                   /* void (ulong value) */
    xorl %ecx, %ecx
    movl %edi, %eax
    movq %rdi, %rdx
    shrq $32, %rdx
    xsetbv
    ret

    .globl ExtendedStateSave, ExtendedStateRestore
ExtendedStateSave:                      /* void (byte* area, ulong components) */
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
    xsave64 (%rdi)
    ret
ExtendedStateRestore:                   /* void (byte* area, ulong components) */
    /* AMD's processors restore the last x87 instruction's address only with a pending exception (AMD APM vol 2, 11.4.4);
       FNINIT clears what the guest before left there. */
    fninit
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
    xrstor64 (%rdi)
    ret

    .globl LegacyStateSave, LegacyStateRestore
LegacyStateSave:                        /* void (byte* area) */
    fxsave64 (%rdi)
    ret
LegacyStateRestore:                     /* void (byte* area) */
    fninit
    fxrstor64 (%rdi)
    ret

    .globl DebugAddressesRead, DebugAddressesWrite
DebugAddressesRead:                     /* void (ulong* four) */
    movq %dr0, %rax
    movq %rax, 0x00(%rdi)
    movq %dr1, %rax
    movq %rax, 0x08(%rdi)
    movq %dr2, %rax
    movq %rax, 0x10(%rdi)
    movq %dr3, %rax
    movq %rax, 0x18(%rdi)
    ret
DebugAddressesWrite:                    /* void (ulong* four) */
    movq 0x00(%rdi), %rax
    movq %rax, %dr0
    movq 0x08(%rdi), %rax
    movq %rax, %dr1
    movq 0x10(%rdi), %rax
    movq %rax, %dr2
    movq 0x18(%rdi), %rax
    movq %rax, %dr3
    ret

    .globl DebugStatusRead, DebugStatusWrite
DebugStatusRead:                        /* ulong () */
    movq %dr6, %rax
    ret
DebugStatusWrite:                       /* void (ulong value) */
    movq %rdi, %dr6
    ret

    .section .note.GNU-stack, "", @progbits
