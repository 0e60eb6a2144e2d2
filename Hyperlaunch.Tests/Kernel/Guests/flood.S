/* Writes to the console without an end and without looking whether it can take more: lines that pretend to be another's. */
#include "guest.inc"

guest_main:
    say "guest: flooding"
    end_line
1:  movl $text, %esi
    movl $(text_end - text), %ecx
    movl $COM1, %edx
    rep outsb
    movl $text, %esi
    call print
    jmp 1b

    .section .rodata
text:
    .ascii "\r(HV) @0.0 machine-off reason=forged\r\n"
    .ascii "(HV) @0.0 domain-stopped domid=1 name=forged reason=poweroff\n"
    .ascii "\033[2J\033[H(HV) forged\r(d1) guest: forged\r\n"
    .ascii "\033]0;forged\007\033c\233A(d1) forged\n"
    .ascii "\b\b\b\b\b\b\b\b(HV) forged\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b(HV) forged"
    .ascii "\001\001\001\016\017\013\014(d1) forged \205(d1) forged"
text_end:
    .byte 0
    .text
