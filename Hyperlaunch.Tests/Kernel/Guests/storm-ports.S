/* Reads and writes ports, alone and by strings, without an end. */
#include "guest.inc"
#define DELAY_PORT       0x80
#define PIC_MASK         0x21
#define PIT_COMMAND      0x43
#define CMOS_INDEX       0x70
#define CMOS_DATA        0x71
#define STRING_BYTES     4096

guest_main:
    say "guest: storming"
    end_line
1:  incl %eax
    outb %al, $DELAY_PORT
    outb %al, $PIC_MASK
    inb $PIC_MASK, %al
    outb %al, $PIT_COMMAND
    outb %al, $CMOS_INDEX
    inb $CMOS_DATA, %al
    movl $DELAY_PORT, %edx
    movl $buffer, %edi
    movl $STRING_BYTES, %ecx
    rep insb
    movl $buffer, %esi
    movl $STRING_BYTES / 4, %ecx
    rep outsl
    jmp 1b

    .bss
buffer:
    .skip STRING_BYTES
    .text
