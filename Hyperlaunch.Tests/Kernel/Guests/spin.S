/* Holds its processor with interrupts off, for good; the stretch of nothing costs an emulator little. */
#include "guest.inc"
#define STRETCH          1000

guest_main:
    say "guest: spinning"
    end_line
1:  .rept STRETCH
    nop
    .endr
    jmp 1b
