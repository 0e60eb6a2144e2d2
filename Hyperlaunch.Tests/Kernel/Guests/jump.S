/* Goes on where there is no memory. */
#include "guest.inc"
#define NO_MEMORY        0xa0000000

guest_main:
    say "guest: jumping"
    end_line
    movl $NO_MEMORY, %eax
    jmp *%eax
