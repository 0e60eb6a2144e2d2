/*
 * Looks for the machine's devices as one that does not have them: PCI functions of bus 0, the ports and the memory addresses that
 * firmware gives to their base addresses. Says how many answered.
 */
#include "guest.inc"
#define PCI_ADDRESS      0xcf8
#define PCI_DATA         0xcfc
#define PCI_ENABLE       0x80000000
#define FUNCTION_SHIFT   8
#define FUNCTIONS        256
#define FIRST_PORT       0xc000
#define LAST_PORT        0xcfff
#define FIRST_MEMORY     0xfe000000
#define END_OF_MEMORY    0xfec00000
#define PAGE             0x1000

guest_main:
    xorl %ebx, %ebx
    xorl %ebp, %ebp
1:  movl %ebx, %eax
    shll $FUNCTION_SHIFT, %eax
    orl $PCI_ENABLE, %eax
    movl $PCI_ADDRESS, %edx
    outl %eax, %dx
    movl $PCI_DATA, %edx
    inl %dx, %eax
    cmpl $-1, %eax
    je 2f
    incl %ebp
2:  incl %ebx
    cmpl $FUNCTIONS, %ebx
    jne 1b
    say "guest: functions="
    movl %ebp, %eax
    say_eax

    xorl %ebp, %ebp
    movl $FIRST_PORT, %ebx
3:  movl %ebx, %edx
    inb %dx, %al
    cmpb $-1, %al
    je 4f
    incl %ebp
4:  incl %ebx
    cmpl $LAST_PORT, %ebx
    jbe 3b
    say " ports="
    movl %ebp, %eax
    say_eax

    xorl %ebp, %ebp
    movl $FIRST_MEMORY, %ebx
5:  movl (%ebx), %eax
    cmpl $-1, %eax
    je 6f
    incl %ebp
6:  addl $PAGE, %ebx
    cmpl $END_OF_MEMORY, %ebx
    jne 5b
    say " memory="
    movl %ebp, %eax
    say_eax
    end_line
    ret
