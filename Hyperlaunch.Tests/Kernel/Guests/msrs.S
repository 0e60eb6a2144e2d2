/* Reads every model-specific register of the ranges that processors use, then writes zero and all ones to each. */
#include "guest.inc"
#define RANGE_LOW        0x00000000
#define RANGE_HYPERVISOR 0x40000000
#define RANGE_AMD64      0xc0000000
#define RANGE_AMD        0xc0010000
#define RANGE_REGISTERS  0x2000

/* Counts in `answered` and `faulted` what one instruction does on each register of a range. */
.macro each_register first value instruction:vararg
    movl $\first, %ebx
1:  movl %ebx, %ecx
    movl $\value, %eax
    movl $\value, %edx
    try \instruction
    movl fault_vector, %eax
    cmpl $NO_FAULT, %eax
    jne 2f
    incl answered
    jmp 3f
2:  incl faulted
3:  incl %ebx
    cmpl $(\first + RANGE_REGISTERS), %ebx
    jne 1b
.endm

.macro all_ranges value instruction:vararg
    movl $0, answered
    movl $0, faulted
    each_register RANGE_LOW, \value, \instruction
    each_register RANGE_HYPERVISOR, \value, \instruction
    each_register RANGE_AMD64, \value, \instruction
    each_register RANGE_AMD, \value, \instruction
.endm

guest_main:
    all_ranges 0, rdmsr
    say "guest: rdmsr"
    call totals
    all_ranges 0, wrmsr
    say "guest: wrmsr-zero"
    call totals
    all_ranges -1, wrmsr
    say "guest: wrmsr-ones"
    call totals
    ret

totals:
    say " answered="
    movl answered, %eax
    say_eax
    say " faulted="
    movl faulted, %eax
    say_eax
    end_line
    ret

    .bss
answered:
    .skip 4
faulted:
    .skip 4
