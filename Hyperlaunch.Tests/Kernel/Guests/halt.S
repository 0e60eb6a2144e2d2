/* Halts with interrupts off: nothing can wake it. */
#include "guest.inc"

guest_main:
    say "guest: halting"
    end_line
    cli
    hlt
    say "guest: woken"
    end_line
    ret
