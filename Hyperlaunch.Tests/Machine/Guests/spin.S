/* Holds its processor with interrupts off, for good. */
#include "guest.inc"

guest_main:
    say "guest: spinning"
    end_line
1:  jmp 1b
