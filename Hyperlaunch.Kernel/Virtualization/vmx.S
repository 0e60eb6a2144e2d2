/*
 * Into a guest and back (Intel SDM vol 3, chapters 26 to 28).
 *
 * C# runs with RFLAGS.IF = 0 and the exit leaves it so. An interrupt of the machine ends a guest's run whatever the guest's own
 * RFLAGS.IF ("external-interrupt exiting") and stays waiting until C# opens a window for it. An NMI ends it too ("NMI exiting")
 * and is gone then: C# has HostTakeNmi deliver it again.
 *
 * Entry and exit switch RSP, RIP, RFLAGS, CR0, CR3, CR4, DR7, EFER, PAT, DEBUGCTL, the SYSENTER registers, all segments and
 * tables; CR2, XMM and the general registers are switched here, each time. The rest stays in the processor until another guest
 * runs on it (ResidentState.cs).
 */
#include "Virtualization/guest_context.inc"
#include "Virtualization/speculation.inc"

/* Appendix B.4; VmcsField.cs has all others. */
#define HOST_RSP 0x6c14

    .text
    .globl VmxRun, VmxGetExit
VmxRun:                                 /* uint (GuestContext* context, uint isLaunched) */
    PUSH_PRESERVED
    pushq %rdi
    movl $HOST_RSP, %eax
    vmwrite %rsp, %rax

    movq CONTEXT_CR2(%rdi), %rax
    movq %cr2, %rcx
    cmpq %rax, %rcx
    je 1f                               /* writing it takes long */
    movq %rax, %cr2
1:  LOAD_XMM %rdi
    BEFORE_ENTRY
    testl %esi, %esi                    /* MOV leaves the flags alone */
    movq CONTEXT_RAX(%rdi), %rax
    LOAD_GENERAL
    jnz 2f
    vmlaunch
    jmp 3f
2:  vmresume
3:  /* Refused: CF = 1 is VMfailInvalid, ZF = 1 VMfailValid. */
    movl $1, %eax
    movl $2, %ecx
    cmovzl %ecx, %eax
    ldmxcsr mxcsr_default(%rip)
    popq %rdi
    pushq %rax
    jmp 4f

vmx_exit:
    xchgq %rdi, (%rsp)                  /* the context; the guest's RDI takes its place */
    movq %rax, CONTEXT_RAX(%rdi)
    STORE_GENERAL %rdi
    popq %rax
    movq %rax, CONTEXT_RDI(%rdi)
    movq %cr2, %rax
    movq %rax, CONTEXT_CR2(%rdi)
    STORE_XMM %rdi
    ldmxcsr mxcsr_default(%rip)
    pushq $0

4:  AFTER_EXIT
    popq %rax
    POP_PRESERVED
    ret

VmxGetExit:
    leaq vmx_exit(%rip), %rax
    ret

/* Each of the following answers 0 for success, 1 otherwise. The physical address is an operand in memory. */
    .globl VmxOn, VmxClear, VmxLoad, VmxRead, VmxWrite, VmxInvalidateEpt, VmxInvalidateVpid, HostTakeNmi
VmxOn:                                  /* uint (ulong region) */
    xorl %eax, %eax
    pushq %rdi
    vmxon (%rsp)
    setna %al
    popq %rdi
    ret
VmxClear:                               /* uint (ulong region) */
    xorl %eax, %eax
    pushq %rdi
    vmclear (%rsp)
    setna %al
    popq %rdi
    ret
VmxLoad:                                /* uint (ulong region) */
    xorl %eax, %eax
    pushq %rdi
    vmptrld (%rsp)
    setna %al
    popq %rdi
    ret
VmxRead:                                /* uint (ulong field, ulong* value) */
    xorl %eax, %eax
    vmread %rdi, (%rsi)
    setna %al
    ret
VmxWrite:                               /* uint (ulong field, ulong value) */
    xorl %eax, %eax
    vmwrite %rsi, %rdi
    setna %al
    ret
VmxInvalidateEpt:                       /* uint (ulong type, ulong eptPointer) */
    xorl %eax, %eax
    pushq $0
    pushq %rsi
    invept (%rsp), %rdi
    setna %al
    addq $16, %rsp
    ret
VmxInvalidateVpid:                      /* uint (ulong type, ulong vpid): no type used here reads the linear address */
    xorl %eax, %eax
    pushq $0
    pushq %rsi
    invvpid (%rsp), %rdi
    setna %al
    addq $16, %rsp
    ret
HostTakeNmi:                            /* void () */
    int $2
    ret

    .section .rodata
    .balign 4
mxcsr_default:
    .long MXCSR_DEFAULT
speculation_selector:
    .word DATA_SELECTOR

    .section .note.GNU-stack, "", @progbits
