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
#include "Virtualization/guest_context.inc"
#include "Virtualization/speculation.inc"

    .text
    .globl SvmRun
SvmRun:                                 /* void (GuestContext* context) */
    PUSH_PRESERVED
    pushq %rdi

    LOAD_XMM %rdi
    BEFORE_ENTRY
    movq CONTEXT_GUEST_BLOCK(%rdi), %rax
    LOAD_GENERAL

    clgi
    sti
    vmload %rax
    vmrun %rax
    vmsave %rax                         /* RAX is the host's again: still the guest's control block */

    movq (%rsp), %rax
    STORE_GENERAL %rax
    movq %rdi, CONTEXT_RDI(%rax)
    STORE_XMM %rax
    ldmxcsr mxcsr_default(%rip)
    movq CONTEXT_HOST_BLOCK(%rax), %rax
    vmload %rax
    movq (%rsp), %rdi
    AFTER_EXIT
    cli
    stgi

    popq %rdi
    POP_PRESERVED
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
speculation_selector:
    .word DATA_SELECTOR

    .section .note.GNU-stack, "", @progbits
