/* Steps through itself for ever: a debug exception behind each instruction, which exits and goes back to the guest. */
#include "guest.inc"
#define RFLAGS_TF        (1 << 8)
#define VECTOR_DB        1

guest_main:
    say "guest: capturing"
    end_line
    movl $handler, %eax
    movw %ax, idt + VECTOR_DB * 8
    shrl $16, %eax
    movw %ax, idt + VECTOR_DB * 8 + 6
    pushfl
    orl $RFLAGS_TF, (%esp)
    popfl
1:  nop
    jmp 1b
handler:
    iret
