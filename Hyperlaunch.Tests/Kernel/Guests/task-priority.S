/*
 * Holds interrupts back by CR8 and lets them through, without an exit in between: each must be there behind the MOV that does.
 */
#include "guest.inc"
#include "apic.inc"
#include "long.inc"
#define VECTOR  0x41
#define CLASS   (VECTOR >> 4)
#define ROUNDS  50
#define LONG    100000

guest_main:
    call start_long_mode
    .code64
    long_gate VECTOR, handler
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_SPURIOUS, APIC_ENABLE
    movl $ROUNDS, %ebp
1:  movl $0, arrived
    movl $CLASS, %eax
    movq %rax, %cr8
    sti
    write_msr MSR_APIC_COMMAND, (TO_SELF | VECTOR)
    movl $LONG, %ecx
2:  loop 2b
    movl arrived, %eax
    addl %eax, early
    movl $(CLASS - 1), %eax
    movq %rax, %cr8
    nop
    nop
    movl arrived, %eax
    addl %eax, present
    cli
    decl %ebp
    jnz 1b
    end_long_mode
    say "guest: early="
    movl early, %eax
    say_eax
    say " present="
    movl present, %eax
    say_eax
    end_line
    ret

    .code64
handler:
    pushq %rax
    pushq %rcx
    pushq %rdx
    incl arrived
    write_msr MSR_APIC_EOI, 0
    popq %rdx
    popq %rcx
    popq %rax
    iretq

    .bss
arrived:
    .skip 4
early:
    .skip 4
present:
    .skip 4
    .text
    .code32
