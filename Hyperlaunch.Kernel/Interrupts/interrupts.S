/*
 * The 256 entries of the interrupt descriptor table. Vectors 0 to 31 are the processor's exceptions and enter C#, once and for
 * good. The others are acknowledged and counted here and never enter C#.
 */
#include "Boot/constants.inc"

    .section .tbss, "awT", @nobits
    .balign 64
interrupt_counts:                       /* this processor's interrupts, by vector */
    .skip 256 * 8

    .text

.macro EXCEPTION_STUB vector
    .if \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30
    .else
    pushq $0                            /* the place of the error code, where the processor pushes none */
    .endif
    pushq $\vector
    jmp exception
    .balign 16
.endm

.macro INTERRUPT_STUB vector
    pushq $\vector
    jmp interrupt
    .balign 16
.endm

    .balign 16
    .altmacro
interrupt_stubs:
    .set vector, 0
    .rept 32
    EXCEPTION_STUB %vector
    .set vector, vector + 1
    .endr
    .rept 224
    INTERRUPT_STUB %vector
    .set vector, vector + 1
    .endr

/*
 * Builds a FaultFrame (FaultFrame.cs has the same order). The handler throws or panics, or comes back: from an NMI that is no
 * panic, and to behind an instruction that may fail. Then the vector registers, which C# uses and whose owner may be a guest,
 * are as they were; their upper halves C# leaves alone.
 */
exception:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
    subq $(16 * 16), %rsp
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups %xmm\number, (16 * \number)(%rsp)
    .endr
    call KernelFault
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups (16 * \number)(%rsp), %xmm\number
    .endr
    addq $(16 * 16), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp                      /* the vector and the error code */
    iretq

interrupt:
    pushq %rax
    pushq %rcx
    pushq %rdx
    movq 24(%rsp), %rax
    incq %fs:interrupt_counts@tpoff(, %rax, 8)
    cmpq $VECTOR_SPURIOUS, %rax
    je 3f                               /* not in service: nothing to acknowledge (AMD APM vol 2, 16.4.7) */
    cmpq $VECTOR_PIC_END, %rax
    jb 2f
    movq local_apic(%rip), %rdx
    testq %rdx, %rdx
    jz 1f
    movl $0, LOCAL_APIC_EOI(%rdx)
    jmp 3f
1:  movl $MSR_X2APIC_EOI, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    jmp 3f
    /*
     * A line of the 8259s, which reach the boot CPU only: it stays in service until whoever opened it has looked. What comes
     * while all are masked is spurious. The master has seen the slave's (8259A data sheet, 7.6).
     */
2:  leal -VECTOR_PIC(%rax), %edx
    btsl %edx, pic_lines(%rip)
    cmpq $VECTOR_PIC_SLAVE_SPURIOUS, %rax
    jne 3f
    movb $PIC_END_OF_INTERRUPT, %al
    outb %al, $PIC_MASTER_COMMAND
3:  popq %rdx
    popq %rcx
    popq %rax
    addq $8, %rsp
    iretq

    .globl GetInterruptStubs, GetInterruptCounts, GetInterruptLines, SetLocalApic
GetInterruptStubs:
    leaq interrupt_stubs(%rip), %rax
    ret
GetInterruptCounts:
    movq %fs:0, %rax
    leaq interrupt_counts@tpoff(%rax), %rax
    ret
GetInterruptLines:
    leaq pic_lines(%rip), %rax
    ret
SetLocalApic:                           /* void (ulong registers): 0 for x2APIC */
    movq %rdi, local_apic(%rip)
    ret

    .globl LoadDescriptorTables
LoadDescriptorTables:                   /* void (void* gdtr, void* idtr, ulong code, ulong data, ulong task) */
    lgdt (%rdi)
    lidt (%rsi)
    movl %ecx, %ds
    movl %ecx, %es
    movl %ecx, %ss
    ltr %r8w
    popq %rax
    pushq %rdx
    pushq %rax
    lretq

    .globl IdleUntilInterrupt, OpenInterruptWindow
IdleUntilInterrupt:
    sti
    hlt
    cli
    ret
OpenInterruptWindow:
    sti
    nop                                 /* STI takes effect after the instruction that follows it */
    cli
    ret

    .data
    .balign 8
local_apic:
    .quad LOCAL_APIC
pic_lines:                              /* lines of the 8259s that have interrupted, a bit each */
    .long 0

    .section .note.GNU-stack, "", @progbits
