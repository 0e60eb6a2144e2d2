/*
 * The assembly half of exception handling: it captures where something was thrown, and enters and leaves funclets. CoreLib's
 * System.Runtime.EH drives the two passes; StackWalk.cs walks the stack. The offsets are checked by the build
 * (ExInfo, PAL_LIMITED_CONTEXT, REGDISPLAY: docs/runtime.md).
 */
#include "Runtime/layout.inc"

    .section .tbss, "awT", @nobits
    .balign 8
exception_head:                         /* the innermost ExInfo of this processor */
    .skip 8

    .text

/* Captures the caller's registers and an ExInfo of the kind given on the stack, linked in as this processor's innermost. */
.macro CAPTURE kind
    .cfi_startproc
    subq $FRAME_SIZE, %rsp
    .cfi_def_cfa_offset FRAME_SIZE + 8
    movq FRAME_SIZE(%rsp), %rax
    movq %rax, CONTEXT_IP(%rsp)
    leaq FRAME_SIZE + 8(%rsp), %rax
    movq %rax, CONTEXT_SP(%rsp)
    movq %rbp, CONTEXT_RBP(%rsp)
    .cfi_rel_offset %rbp, CONTEXT_RBP
    movq %rbx, CONTEXT_RBX(%rsp)
    .cfi_rel_offset %rbx, CONTEXT_RBX
    movq %r12, CONTEXT_R12(%rsp)
    .cfi_rel_offset %r12, CONTEXT_R12
    movq %r13, CONTEXT_R13(%rsp)
    .cfi_rel_offset %r13, CONTEXT_R13
    movq %r14, CONTEXT_R14(%rsp)
    .cfi_rel_offset %r14, CONTEXT_R14
    movq %r15, CONTEXT_R15(%rsp)
    .cfi_rel_offset %r15, CONTEXT_R15
    INIT_EXINFO \kind
.endm

.macro INIT_EXINFO kind
    movq %fs:exception_head@tpoff, %rdx
    leaq CONTEXT_SIZE(%rsp), %rsi
    movq %rdx, EXINFO_PREVIOUS(%rsi)
    movq %rsp, EXINFO_CONTEXT(%rsi)
    movq $0, EXINFO_EXCEPTION(%rsi)
    movb $\kind, EXINFO_KIND(%rsi)
    movb $1, EXINFO_PASS(%rsi)
    movl $0xffffffff, EXINFO_CLAUSE(%rsi)
    movq %rsi, %fs:exception_head@tpoff
.endm

    .globl RhpThrowEx
RhpThrowEx:                             /* RDI: the exception */
    CAPTURE EXINFO_KIND_THROW
    call RhThrowEx
    ud2
    .cfi_endproc

    .globl RhpRethrow
RhpRethrow:
    CAPTURE 0
    movq %rdx, %rdi                     /* the exception being handled is the one before the new one */
    call RhRethrow
    ud2
    .cfi_endproc

/*
 * Turns a processor fault in managed code into a managed exception. RDI: the exception code, RSI: the FaultContext that the
 * fault handler filled, RDX: the stack pointer at the fault. Continues on the faulting stack as if the code had thrown.
 */
    .globl throw_from_fault
throw_from_fault:
    .cfi_startproc
    .cfi_undefined %rip
    movq CONTEXT_RBP(%rsi), %rbp
    movq CONTEXT_RBX(%rsi), %rbx
    movq CONTEXT_R12(%rsi), %r12
    movq CONTEXT_R13(%rsi), %r13
    movq CONTEXT_R14(%rsi), %r14
    movq CONTEXT_R15(%rsi), %r15
    movq CONTEXT_IP(%rsi), %rcx
    leaq -FRAME_SIZE(%rdx), %rsp
    andq $-16, %rsp
    movq %rcx, CONTEXT_IP(%rsp)
    movq %rdx, CONTEXT_SP(%rsp)
    movq %rbp, CONTEXT_RBP(%rsp)
    movq %rbx, CONTEXT_RBX(%rsp)
    movq %r12, CONTEXT_R12(%rsp)
    movq %r13, CONTEXT_R13(%rsp)
    movq %r14, CONTEXT_R14(%rsp)
    movq %r15, CONTEXT_R15(%rsp)
    INIT_EXINFO EXINFO_KIND_FAULT
    call RhThrowHwEx
    ud2
    .cfi_endproc

.macro PUSH_PRESERVED
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
.endm

.macro POP_PRESERVED
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
.endm

/* The preserved registers of the frame that a funclet belongs to. */
.macro LOAD_FRAME registers
    movq REGISTERS_RBX(\registers), %rbx
    movq REGISTERS_RBP(\registers), %rbp
    movq REGISTERS_R12(\registers), %r12
    movq REGISTERS_R13(\registers), %r13
    movq REGISTERS_R14(\registers), %r14
    movq REGISTERS_R15(\registers), %r15
.endm

/* RDI: the exception, RSI: the funclet, RDX: the frame's registers, RCX: the ExInfo. Resumes in the frame, never returns. */
    .globl RhpCallCatchFunclet, catch_funclet_return
RhpCallCatchFunclet:
    PUSH_PRESERVED
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    LOAD_FRAME %rdx
    call *%rsi                          /* RDI: the exception, still */
catch_funclet_return:
    popq %rdx
    /* Every dispatch that lived below the frame ends with its stack. */
    movq REGISTERS_SP(%rdx), %rcx
    movq %fs:exception_head@tpoff, %rsi
1:  testq %rsi, %rsi
    jz 2f
    cmpq %rcx, %rsi
    jae 2f
    movq EXINFO_PREVIOUS(%rsi), %rsi
    jmp 1b
2:  movq %rsi, %fs:exception_head@tpoff
    LOAD_FRAME %rdx
    movq %rcx, %rsp
    jmpq *%rax                          /* the funclet's answer is where to resume */
    .cfi_endproc

/* RDI: the funclet, RSI: the frame's registers. */
    .globl RhpCallFinallyFunclet, finally_funclet_return
RhpCallFinallyFunclet:
    PUSH_PRESERVED
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    LOAD_FRAME %rsi
    call *%rdi
finally_funclet_return:
    popq %rsi
    POP_PRESERVED
    ret
    .cfi_endproc

/* RDI: the exception, RSI: the funclet, RDX: the frame's registers; returns whether the filter accepts. */
    .globl RhpCallFilterFunclet
RhpCallFilterFunclet:
    PUSH_PRESERVED
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    LOAD_FRAME %rdx
    call *%rsi                          /* RDI: the exception, still */
    popq %rdx
    POP_PRESERVED
    ret
    .cfi_endproc

    .globl InnermostExInfo
InnermostExInfo:
    movq %fs:exception_head@tpoff, %rax
    ret

    .section .note.GNU-stack, "", @progbits
