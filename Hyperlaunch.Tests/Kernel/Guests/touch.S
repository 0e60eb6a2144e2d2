/* Touches what is no memory, all over the 4 GiB that it can name, without an end. */
#include "guest.inc"
#define FIRST            0x20000000
#define STRIDE           0x11000

guest_main:
    say "guest: touching"
    end_line
1:  movl $FIRST, %ebx
2:  movl (%ebx), %eax
    movl %eax, (%ebx)
    addl $1, 4(%ebx)
    addl $STRIDE, %ebx
    jnc 2b
    jmp 1b
