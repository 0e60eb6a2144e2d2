/* Reads and writes one word in each 2 MiB of the 4 GiB it can name, its own image left out: its memory and everything beyond. */
#include "guest.inc"
#define STRIDE 0x200000

guest_main:
    movl $STRIDE, %ebx
1:  try movl (%ebx), %eax
    try movl %eax, (%ebx)
    addl $STRIDE, %ebx
    jnz 1b
    ret
