/* Writes zero to every I/O port and reads every one, in all three sizes and by string instructions: it must come through. */
#include "guest.inc"
#define PORTS        0x10000
#define DELAY_PORT   0x80
#define STRING_BYTES 4096

.macro sweep instruction:vararg
    movl $0, %ebx
1:  movl %ebx, %edx
    xorl %eax, %eax
    try \instruction
    incl %ebx
    cmpl $PORTS, %ebx
    jne 1b
.endm

guest_main:
    sweep outb %al, %dx
    call uart_start
    say "guest: write8"
    end_line
    sweep outw %ax, %dx
    sweep outl %eax, %dx
    call uart_start
    say "guest: write32"
    end_line
    sweep inb %dx, %al
    sweep inw %dx, %ax
    sweep inl %dx, %eax
    say "guest: read32"
    end_line

    movl $DELAY_PORT, %edx
    movl $STRING_BYTES, %ecx
    movl $buffer, %edi
    rep insb
    movl $STRING_BYTES, %ecx
    movl $buffer, %esi
    rep outsb
    say "guest: strings"
    end_line

    /* A string whose memory the guest does not have. */
    movl $0xf0000000, %edi
    movl $1, %ecx
    try rep insl
    movl $0xf0000000, %esi
    movl $1, %ecx
    try rep outsl
    say "guest: strings-without-memory"
    end_line
    ret

    .bss
buffer:
    .skip STRING_BYTES
