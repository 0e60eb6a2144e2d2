/* Sends itself interrupts and stays long in their handler, interrupts off: a second delivery would nest. */
#include "guest.inc"
#include "apic.inc"
#define VECTOR 31
#define ROUNDS 50
#define LONG   2000000

guest_main:
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_SPURIOUS, APIC_ENABLE
    movl $handler, %eax
    movw %ax, idt + VECTOR * 8
    shrl $16, %eax
    movw %ax, idt + VECTOR * 8 + 6
    sti
    movl $ROUNDS, %ebp
1:  write_msr MSR_APIC_COMMAND, TO_SELF + VECTOR
    movl $1000, %ecx
2:  loop 2b
    decl %ebp
    jnz 1b
    cli
    say "guest: delivered="
    movl delivered, %eax
    say_eax
    say " nested="
    movl nested, %eax
    say_eax
    end_line
    ret

handler:
    pushl %eax
    pushl %ecx
    pushl %edx
    cmpl $0, depth
    je 1f
    incl nested
1:  incl depth
    incl delivered
    movl $LONG, %ecx
2:  loop 2b
    decl depth
    write_msr MSR_APIC_EOI, 0
    popl %edx
    popl %ecx
    popl %eax
    iret

    .bss
depth:
    .skip 4
delivered:
    .skip 4
nested:
    .skip 4
    .text
