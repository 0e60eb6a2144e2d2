/* Says what the processor tells it about virtualization, and reads every leaf of each range. */
#include "guest.inc"
#define LEAF_FEATURES          1
#define LEAF_HYPERVISOR        0x40000000
#define LEAF_EXTENDED_FEATURES 0x80000001
#define LEAVES                 0x100

.macro read_leaves first
    movl $\first, %ebp
1:  movl %ebp, %eax
    xorl %ecx, %ecx
    cpuid
    incl %ebp
    cmpl $(\first + LEAVES), %ebp
    jne 1b
.endm

guest_main:
    movl $LEAF_EXTENDED_FEATURES, %eax
    cpuid
    movl %ecx, %eax
    shrl $2, %eax
    andl $1, %eax
    say "guest: svm="
    say_eax
    movl $LEAF_FEATURES, %eax
    cpuid
    movl %ecx, %eax
    shrl $5, %eax
    andl $1, %eax
    say " vmx="
    say_eax
    movl $LEAF_FEATURES, %eax
    cpuid
    movl %ecx, %eax
    shrl $31, %eax
    say " hypervisor="
    say_eax
    movl $LEAF_HYPERVISOR, %eax
    cpuid
    movl %ebx, signature
    movl %ecx, signature + 4
    movl %edx, signature + 8
    say " signature="
    movl $signature, %esi
    call print
    end_line
    read_leaves 0
    read_leaves 0x40000000
    read_leaves 0x80000000
    read_leaves 0xffffff00
    ret

    .bss
signature:
    .skip 16
