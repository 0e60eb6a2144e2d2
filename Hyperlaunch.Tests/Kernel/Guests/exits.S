/* Measures what an exit costs: the time-stamp counter's ticks for one CPUID, which only the hypervisor answers. */
#include "guest.inc"
#define COUNT_SHIFT 13

guest_main:
    rdtsc
    movl %eax, %esi
    movl $(1 << COUNT_SHIFT), %ebp
1:  xorl %eax, %eax
    cpuid
    decl %ebp
    jnz 1b
    rdtsc
    subl %esi, %eax
    shrl $COUNT_SHIFT, %eax
    movl %eax, %ebp
    say "guest: exit="
    movl %ebp, %eax
    say_eax
    end_line
    ret
