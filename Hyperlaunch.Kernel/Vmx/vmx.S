/*
 * Into a guest and back (Intel SDM vol 3, chapters 26 to 28).
 *
 * C# runs with RFLAGS.IF = 0 and the exit leaves it so. An interrupt of the machine ends a guest's run whatever the guest's own
 * RFLAGS.IF ("external-interrupt exiting") and stays waiting until C# opens a window for it. An NMI ends it too ("NMI exiting") and
 * is gone then: C# has VmxTakeNmi deliver it again.
 *
 * Entry and exit switch RSP, RIP, RFLAGS, CR0, CR3, CR4, DR7, EFER, PAT, DEBUGCTL, the SYSENTER registers, all segments and tables;
 * CR2, XMM and the general registers are switched here, each time. The rest stays in the processor until another guest runs on it
 * (ResidentState.cs).
 */
#include "Machine/guest_context.inc"

/* Appendix B.4; VmcsField.cs has all others. */
#define HOST_RSP 0x6c14

    .text
    .globl VmxRun, VmxGetExit
VmxRun:                                 /* uint (GuestContext* context, uint isLaunched) */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    movl $HOST_RSP, %eax
    vmwrite %rsp, %rax

    movq CONTEXT_CR2(%rdi), %rax
    movq %cr2, %rcx
    cmpq %rax, %rcx
    je 1f                               /* writing it takes long */
    movq %rax, %cr2
1:  LOAD_XMM %rdi
    testl %esi, %esi                    /* MOV leaves the flags alone */
    movq CONTEXT_RAX(%rdi), %rax
    movq CONTEXT_RCX(%rdi), %rcx
    movq CONTEXT_RDX(%rdi), %rdx
    movq CONTEXT_RBX(%rdi), %rbx
    movq CONTEXT_RBP(%rdi), %rbp
    movq CONTEXT_RSI(%rdi), %rsi
    movq CONTEXT_R8(%rdi), %r8
    movq CONTEXT_R9(%rdi), %r9
    movq CONTEXT_R10(%rdi), %r10
    movq CONTEXT_R11(%rdi), %r11
    movq CONTEXT_R12(%rdi), %r12
    movq CONTEXT_R13(%rdi), %r13
    movq CONTEXT_R14(%rdi), %r14
    movq CONTEXT_R15(%rdi), %r15
    movq CONTEXT_RDI(%rdi), %rdi
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
    jmp 4f

vmx_exit:
    xchgq %rdi, (%rsp)                  /* the context; the guest's RDI takes its place */
    movq %rax, CONTEXT_RAX(%rdi)
    movq %rcx, CONTEXT_RCX(%rdi)
    movq %rdx, CONTEXT_RDX(%rdi)
    movq %rbx, CONTEXT_RBX(%rdi)
    movq %rbp, CONTEXT_RBP(%rdi)
    movq %rsi, CONTEXT_RSI(%rdi)
    movq %r8, CONTEXT_R8(%rdi)
    movq %r9, CONTEXT_R9(%rdi)
    movq %r10, CONTEXT_R10(%rdi)
    movq %r11, CONTEXT_R11(%rdi)
    movq %r12, CONTEXT_R12(%rdi)
    movq %r13, CONTEXT_R13(%rdi)
    movq %r14, CONTEXT_R14(%rdi)
    movq %r15, CONTEXT_R15(%rdi)
    popq %rax
    movq %rax, CONTEXT_RDI(%rdi)
    movq %cr2, %rax
    movq %rax, CONTEXT_CR2(%rdi)
    STORE_XMM %rdi
    ldmxcsr mxcsr_default(%rip)
    xorl %eax, %eax

4:  popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

VmxGetExit:
    leaq vmx_exit(%rip), %rax
    ret

/* Each of the following answers 0 for success, 1 otherwise. The physical address is an operand in memory. */
    .globl VmxOn, VmxClear, VmxLoad, VmxRead, VmxWrite, VmxInvalidateEpt, VmxInvalidateVpid, VmxTakeNmi
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
VmxRead:                                /* ulong (ulong field) */
    xorl %eax, %eax
    vmread %rdi, %rax
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
VmxInvalidateVpid:                      /* uint (ulong type, ulong vpid): the linear address, which no type used here reads, is 0 */
    xorl %eax, %eax
    pushq $0
    pushq %rsi
    invvpid (%rsp), %rdi
    setna %al
    addq $16, %rsp
    ret
VmxTakeNmi:
    int $2
    ret

    .section .rodata
    .balign 4
mxcsr_default:
    .long MXCSR_DEFAULT

    .section .note.GNU-stack, "", @progbits
