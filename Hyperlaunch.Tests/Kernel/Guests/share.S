/*
 * Counts the stretches of instructions that it executes between two readings of the time-stamp counter, the same for all domains,
 * and says how many ticks they were: unlike turns.S it takes no short absence for work of its own.
 */
#include "guest.inc"
#define BEGIN        0x20000000
#define END          0x60000000
#define STRETCH      1000
#define BESIDES      9                  /* instructions of a round besides the stretch */

guest_main:
1:  rdtsc
    cmpl $BEGIN, %eax
    jb 1b
    xorl %ebx, %ebx
2:  .rept STRETCH
    nop
    .endr
    nop
    nop
    nop
    nop
    nop
    incl %ebx
    rdtsc
    cmpl $END, %eax
    jb 2b
    imull $(STRETCH + BESIDES), %ebx, %ebx
    say "guest: turns=0 runs="
    movl %ebx, %eax
    say_eax
    end_line
    ret
