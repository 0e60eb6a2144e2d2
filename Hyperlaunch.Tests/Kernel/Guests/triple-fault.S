/* Takes its own interrupt table away and faults. */
#include "guest.inc"

guest_main:
    say "guest: about to fault"
    end_line
    lidt empty
    ud2
    ret

    .section .rodata
empty:
    .short 0
    .long 0
