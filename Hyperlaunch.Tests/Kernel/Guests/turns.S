/*
 * Measures its turns on the CPU between two readings of the time-stamp counter, the same for all domains: how many there are, and
 * how many ticks it runs. Between two looks at the counter lies a stretch of the same length; what a look finds beyond was spent
 * elsewhere.
 */
#include "guest.inc"
#define BEGIN        0x20000000
#define END          0x60000000
#define STRETCH      1000
#define AWAY         20000              /* ticks; an exit that is no end of a turn takes less */

guest_main:
1:  call look
    cmpl $BEGIN, last
    jb 1b
2:  call look
    cmpl $AWAY, %eax
    jb 3f
    incl turns
    movl $STRETCH, %eax
3:  addl %eax, runs
    cmpl $END, last
    jb 2b
    say "guest: turns="
    movl turns, %eax
    say_eax
    say " runs="
    movl runs, %eax
    say_eax
    end_line
    ret

/* eax: the ticks since the last look. Changes ecx and edx. */
look:
    .rept STRETCH
    nop
    .endr
    rdtsc
    movl %eax, %ecx
    subl last, %eax
    movl %ecx, last
    ret

    .bss
last:
    .skip 4
turns:
    .skip 4
runs:
    .skip 4
    .text
