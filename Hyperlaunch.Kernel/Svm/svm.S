/*
 * Into a guest and back (AMD APM vol 2, chapter 15).
 *
 * C# runs with RFLAGS.IF = 0. A guest runs with V_INTR_MASKING = 1, so that a waiting interrupt of the machine ends its run
 * exactly if the host's RFLAGS.IF was 1 at VMRUN (15.21.1). Between CLGI and VMRUN the global interrupt flag holds everything
 * back, interrupts and NMIs alike (15.17): STI there arms the exit and nothing can be taken on the way. An exit leaves GIF = 0;
 * CLI comes before STGI, so the interrupt stays waiting until C# opens a window for it, while an NMI is taken at the STGI, with
 * the host's FS, TR and SSE control already back.
 *
 * VMRUN and the exit switch RAX, RSP, RIP, RFLAGS, CR0, CR3, CR4, EFER, CS, SS, DS, ES, GDTR and IDTR (15.5.1); VMLOAD and
 * VMSAVE the rest of the segments and the system-call registers (15.5.2). XMM registers are live in the guest and used by C#:
 * they are switched here, each time. x87, the upper halves of YMM and whatever comes with XSAVE no C# touches: they stay in the
 * processor until another guest runs on it (ResidentState.cs).
 */
#include "Machine/guest_context.inc"

    .text
    .globl SvmRun
SvmRun:                                 /* void (GuestContext* context) */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi

    ldmxcsr CONTEXT_MXCSR(%rdi)
    movaps CONTEXT_XMM + 0x00(%rdi), %xmm0
    movaps CONTEXT_XMM + 0x10(%rdi), %xmm1
    movaps CONTEXT_XMM + 0x20(%rdi), %xmm2
    movaps CONTEXT_XMM + 0x30(%rdi), %xmm3
    movaps CONTEXT_XMM + 0x40(%rdi), %xmm4
    movaps CONTEXT_XMM + 0x50(%rdi), %xmm5
    movaps CONTEXT_XMM + 0x60(%rdi), %xmm6
    movaps CONTEXT_XMM + 0x70(%rdi), %xmm7
    movaps CONTEXT_XMM + 0x80(%rdi), %xmm8
    movaps CONTEXT_XMM + 0x90(%rdi), %xmm9
    movaps CONTEXT_XMM + 0xa0(%rdi), %xmm10
    movaps CONTEXT_XMM + 0xb0(%rdi), %xmm11
    movaps CONTEXT_XMM + 0xc0(%rdi), %xmm12
    movaps CONTEXT_XMM + 0xd0(%rdi), %xmm13
    movaps CONTEXT_XMM + 0xe0(%rdi), %xmm14
    movaps CONTEXT_XMM + 0xf0(%rdi), %xmm15

    movq CONTEXT_GUEST_BLOCK(%rdi), %rax
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

    clgi
    sti
    vmload %rax
    vmrun %rax
    vmsave %rax                         /* RAX is the host's again: still the guest's control block */

    movq (%rsp), %rax
    movq %rcx, CONTEXT_RCX(%rax)
    movq %rdx, CONTEXT_RDX(%rax)
    movq %rbx, CONTEXT_RBX(%rax)
    movq %rbp, CONTEXT_RBP(%rax)
    movq %rsi, CONTEXT_RSI(%rax)
    movq %rdi, CONTEXT_RDI(%rax)
    movq %r8, CONTEXT_R8(%rax)
    movq %r9, CONTEXT_R9(%rax)
    movq %r10, CONTEXT_R10(%rax)
    movq %r11, CONTEXT_R11(%rax)
    movq %r12, CONTEXT_R12(%rax)
    movq %r13, CONTEXT_R13(%rax)
    movq %r14, CONTEXT_R14(%rax)
    movq %r15, CONTEXT_R15(%rax)
    movaps %xmm0, CONTEXT_XMM + 0x00(%rax)
    movaps %xmm1, CONTEXT_XMM + 0x10(%rax)
    movaps %xmm2, CONTEXT_XMM + 0x20(%rax)
    movaps %xmm3, CONTEXT_XMM + 0x30(%rax)
    movaps %xmm4, CONTEXT_XMM + 0x40(%rax)
    movaps %xmm5, CONTEXT_XMM + 0x50(%rax)
    movaps %xmm6, CONTEXT_XMM + 0x60(%rax)
    movaps %xmm7, CONTEXT_XMM + 0x70(%rax)
    movaps %xmm8, CONTEXT_XMM + 0x80(%rax)
    movaps %xmm9, CONTEXT_XMM + 0x90(%rax)
    movaps %xmm10, CONTEXT_XMM + 0xa0(%rax)
    movaps %xmm11, CONTEXT_XMM + 0xb0(%rax)
    movaps %xmm12, CONTEXT_XMM + 0xc0(%rax)
    movaps %xmm13, CONTEXT_XMM + 0xd0(%rax)
    movaps %xmm14, CONTEXT_XMM + 0xe0(%rax)
    movaps %xmm15, CONTEXT_XMM + 0xf0(%rax)
    stmxcsr CONTEXT_MXCSR(%rax)
    ldmxcsr mxcsr_default(%rip)
    movq CONTEXT_HOST_BLOCK(%rax), %rax
    vmload %rax
    cli
    stgi

    popq %rdi
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

    .globl SvmSave
SvmSave:                                /* void (ulong block): this processor's FS, GS, TR, LDTR and system-call registers */
    movq %rdi, %rax
    vmsave %rax
    ret

    .section .rodata
    .balign 4
mxcsr_default:
    .long MXCSR_DEFAULT

    .section .note.GNU-stack, "", @progbits
