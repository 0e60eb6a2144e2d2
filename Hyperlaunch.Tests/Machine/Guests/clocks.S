/* Two processors read their time-stamp counters in turns: none may be behind what the other has just read. */
#include "guest.inc"
#include "apic.inc"
#define SECOND_PROCESSOR 1
#define START_PAGE       8
#define TURNS            100
#define CR0_PE           1

guest_main:
    movl $trampoline, %esi
    movl $(START_PAGE << 12), %edi
    movl $(trampoline_end - trampoline), %ecx
    rep movsb
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_COMMAND, SEND_INIT, SECOND_PROCESSOR
    write_msr MSR_APIC_COMMAND, (SEND_STARTUP | START_PAGE), SECOND_PROCESSOR
    movl $TURNS, %ebp
1:  cmpl $0, turn
    je 2f
    pause
    jmp 1b
2:  call read_clock
    movl $1, turn
    decl %ebp
    jnz 1b
    say "guest: backwards="
    movl backwards, %eax
    say_eax
    say " turns="
    movl turns, %eax
    say_eax
    end_line
    ret

second_main:
    movl $DATA_SELECTOR, %eax
    movl %eax, %ds
    movl %eax, %ss
    movl $second_stack_top, %esp
1:  cmpl $1, turn
    je 2f
    pause
    jmp 1b
2:  call read_clock
    movl $0, turn
    jmp 1b

/* The turn covers what this writes. */
read_clock:
    rdtsc
    movl %eax, %ebx
    movl %edx, %ecx
    subl last, %ebx
    sbbl last + 4, %ecx
    jnc 1f
    incl backwards
1:  movl %eax, last
    movl %edx, last + 4
    incl turns
    ret

    .code16
trampoline:
    cli
    lgdtl %cs:(trampoline_gdt - trampoline)
    movl %cr0, %eax
    orb $CR0_PE, %al
    movl %eax, %cr0
    .byte 0x66, 0xea                    /* a far jump with an offset of 32 bits */
    .long second_main
    .short CODE_SELECTOR
trampoline_gdt:
    .short 3 * 8 - 1
    .long gdt
trampoline_end:
    .code32

    .bss
    .align 8
last:
    .skip 8
turn:
    .skip 4
turns:
    .skip 4
backwards:
    .skip 4
    .align 16
    .skip 4096
second_stack_top:
    .text
