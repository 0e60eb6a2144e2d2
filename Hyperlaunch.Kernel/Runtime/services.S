/*
 * What generated code calls by name and C# cannot be: write barriers, transitions, interface dispatch.
 * Every function preserves what the System V ABI says unless its comment says more. Functions in .text.leaf push nothing, so
 * that a fault in one counts as their caller's (FaultHandler.cs).
 */

    .section .text.leaf, "ax"

/* There is no collector, so a write barrier is a store. RDI: where, RSI: the reference. */
    .globl RhpAssignRef, RhpCheckedAssignRef
RhpAssignRef:
RhpCheckedAssignRef:
    movq %rsi, (%rdi)
    ret

/* RDI: where, RSI: from where; both advance. RCX is the only scratch register the caller gives. */
    .globl RhpByRefAssignRef
RhpByRefAssignRef:
    movq (%rsi), %rcx
    movq %rcx, (%rdi)
    addq $8, %rdi
    addq $8, %rsi
    ret

    .globl RhpCheckedLockCmpXchg
RhpCheckedLockCmpXchg:                  /* object (ref location, value, comparand) */
    movq %rdx, %rax
    lock cmpxchgq %rsi, (%rdi)
    ret

    .globl RhpCheckedXchg
RhpCheckedXchg:                         /* object (ref location, value) */
    movq %rsi, %rax
    xchgq %rax, (%rdi)
    ret

/* Transitions between managed and native code mean something to a collector only. */
    .globl RhpPInvoke, RhpPInvokeReturn, RhpReversePInvoke, RhpReversePInvokeReturn, RhpGcPoll
RhpPInvoke:
RhpPInvokeReturn:
RhpReversePInvoke:
RhpReversePInvokeReturn:
RhpGcPoll:
    ret

/*
 * First and every call through an interface. R11: the dispatch cell, whose second word is an InterfaceCache or what the compiler
 * left there (InterfaceDispatch.cs). All argument registers belong to the callee. A null receiver faults at the first
 * instruction.
 */
    .globl RhpInitialDynamicInterfaceDispatch
RhpInitialDynamicInterfaceDispatch:
    movq (%rdi), %rax                   /* the receiver's method table */
    movq 8(%r11), %r10
    testb $3, %r10b
    jnz dispatch_slowly
    cmpq $0x1000, %r10
    jb dispatch_slowly
    addq $16, %r10                      /* past the header, to the pairs (method table, code) closed by a null */
1:  cmpq %rax, (%r10)
    je 2f
    cmpq $0, (%r10)
    je dispatch_slowly
    addq $16, %r10
    jmp 1b
2:  jmpq *8(%r10)

    .text
dispatch_slowly:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq $192, %rsp
    movq %rdi, 0(%rsp)
    movq %rsi, 8(%rsp)
    movq %rdx, 16(%rsp)
    movq %rcx, 24(%rsp)
    movq %r8, 32(%rsp)
    movq %r9, 40(%rsp)
    movaps %xmm0, 48(%rsp)
    movaps %xmm1, 64(%rsp)
    movaps %xmm2, 80(%rsp)
    movaps %xmm3, 96(%rsp)
    movaps %xmm4, 112(%rsp)
    movaps %xmm5, 128(%rsp)
    movaps %xmm6, 144(%rsp)
    movaps %xmm7, 160(%rsp)
    movq %r11, %rsi
    call RhpResolveInterfaceMethod
    movq 0(%rsp), %rdi
    movq 8(%rsp), %rsi
    movq 16(%rsp), %rdx
    movq 24(%rsp), %rcx
    movq 32(%rsp), %r8
    movq 40(%rsp), %r9
    movaps 48(%rsp), %xmm0
    movaps 64(%rsp), %xmm1
    movaps 80(%rsp), %xmm2
    movaps 96(%rsp), %xmm3
    movaps 112(%rsp), %xmm4
    movaps 128(%rsp), %xmm5
    movaps 144(%rsp), %xmm6
    movaps 160(%rsp), %xmm7
    leave
    .cfi_def_cfa %rsp, 8
    jmpq *%rax
    .cfi_endproc

/*
 * Touches each page between RSP and R11, the stack pointer to be, so that a large frame meets the guard page and not what lies
 * beyond it. Preserves everything but RAX.
 */
    .globl RhpStackProbe
RhpStackProbe:
    movq %rsp, %rax
1:  subq $0x1000, %rax
    testb $0, (%rax)
    cmpq %r11, %rax
    ja 1b
    ret

    .data
    .balign 4
    .globl RhpTrapThreads
RhpTrapThreads:                         /* never set: nothing suspends a processor for a collection */
    .long 0

    .section .note.GNU-stack, "", @progbits
