/* Writes all ones to every I/O port from the last to the first, power and reset registers too: it may stop there, as it asked. */
#include "guest.inc"

guest_main:
    movl $0xffff, %ebx
1:  movl %ebx, %edx
    movl $-1, %eax
    outb %al, %dx
    outw %ax, %dx
    outl %eax, %dx
    decl %ebx
    jns 1b
    ret
