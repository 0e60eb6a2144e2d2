/*
 * Has an alignment check raise itself again before any interrupt is taken (CVE-2015-5307): it is delivered at level 3 to
 * a stack that is not aligned itself. Where the delivery is not checked, the handler begins anew.
 */
#include "guest.inc"
#define VECTOR_AC        17
#define CR0_AM           (1 << 18)
#define RFLAGS_AC        (1 << 18)
#define USER_CODE        (0x18 | 3)
#define USER_DATA        (0x20 | 3)
#define USER_GATE        0xee00         /* present, ring 3, 32-bit interrupt gate */

guest_main:
    say "guest: capturing"
    end_line
    lgdt user_gdt_pointer
    movl $user, %eax
    movw %ax, idt + VECTOR_AC * 8
    movw $USER_CODE, idt + VECTOR_AC * 8 + 2
    movw $USER_GATE, idt + VECTOR_AC * 8 + 4
    shrl $16, %eax
    movw %ax, idt + VECTOR_AC * 8 + 6
    movl %cr0, %eax
    orl $CR0_AM, %eax
    movl %eax, %cr0
    pushl $USER_DATA
    pushl $(user_stack + 1)
    pushl $(RFLAGS_AC | 2)
    pushl $USER_CODE
    pushl $user
    iret
user:
    movl $(user_stack + 1), %esp
    pushl %eax
    jmp user

    .data
    .align 8
user_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            /* flat 32-bit code */
    .quad 0x00cf93000000ffff            /* flat data */
    .quad 0x00cffb000000ffff            /* the same for ring 3 */
    .quad 0x00cff3000000ffff
user_gdt_pointer:
    .short 5 * 8 - 1
    .long user_gdt
    .bss
    .align 16
    .skip 4096
user_stack:
    .skip 16
    .text
