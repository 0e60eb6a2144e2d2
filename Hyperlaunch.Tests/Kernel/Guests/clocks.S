/*
 * Four processors read their clocks in turns: the time-stamp counter, and the clock that is computed from it by each processor's
 * own record (Linux Documentation/virt/kvm/x86/msr.rst, MSR_KVM_SYSTEM_TIME_NEW). Each must be beyond what the one before has
 * just read.
 */
#include "guest.inc"
#include "apic.inc"
#define PROCESSORS       4
#define START_PAGE       8
#define ROUNDS           25
#define CR0_PE           1
#define CPUID_FEATURES   1
#define CPUID_ID_SHIFT   24
#define STACK_SHIFT      10

#define MSR_CLOCK        0x4b564d01
#define CLOCK_ENABLE     1
#define RECORD_SHIFT     5              /* 32 bytes each */
#define RECORD_STAMP     8
#define RECORD_TIME      16
#define RECORD_MULTIPLIER 24
#define RECORD_TICK_SHIFT 28

guest_main:
    movl $trampoline, %esi
    movl $(START_PAGE << 12), %edi
    movl $(trampoline_end - trampoline), %ecx
    rep movsb
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_INIT)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_STARTUP | START_PAGE)
    xorl %edi, %edi
    call start_clock
    movl $ROUNDS, %ebp
1:  call take_turn
    decl %ebp
    jnz 1b
    say "guest: counters-behind="
    movl counters_behind, %eax
    say_eax
    say " clocks-behind="
    movl clocks_behind, %eax
    say_eax
    say " turns="
    movl turns, %eax
    say_eax
    end_line
    ret

other_main:
    movl $DATA_SELECTOR, %eax
    movl %eax, %ds
    movl %eax, %ss
    movl $CPUID_FEATURES, %eax
    cpuid
    shrl $CPUID_ID_SHIFT, %ebx
    movl %ebx, %edi
    leal 1(%ebx), %esp
    shll $STACK_SHIFT, %esp
    addl $stacks, %esp
    call start_clock
1:  call take_turn
    jmp 1b

/* edi: the processor's number, here and below. */
start_clock:
    movl $MSR_CLOCK, %ecx
    movl %edi, %eax
    shll $RECORD_SHIFT, %eax
    addl $(records + CLOCK_ENABLE), %eax
    xorl %edx, %edx
    wrmsr
    ret

/* What it writes is covered by the turn. */
take_turn:
1:  cmpl %edi, turn
    je 2f
    pause
    jmp 1b
2:  rdtsc
    movl %eax, %ebx
    movl %edx, %ecx
    movl last_counter, %esi
    subl %ebx, %esi
    movl last_counter + 4, %esi
    sbbl %ecx, %esi
    jc 3f                               /* the last one is below */
    incl counters_behind
3:  movl %ebx, last_counter
    movl %ecx, last_counter + 4

    movl %edi, %esi
    shll $RECORD_SHIFT, %esi
    addl $records, %esi
    subl RECORD_STAMP(%esi), %eax
    sbbl RECORD_STAMP + 4(%esi), %edx
    movb RECORD_TICK_SHIFT(%esi), %cl
    testb %cl, %cl
    js 4f
    shldl %cl, %eax, %edx
    shll %cl, %eax
    jmp 5f
4:  negb %cl
    shrdl %cl, %edx, %eax
    shrl %cl, %edx
5:  movl %edx, %ebx                     /* times the multiplier, without the lowest 32 bits */
    mull RECORD_MULTIPLIER(%esi)
    movl %edx, %ecx
    movl %ebx, %eax
    mull RECORD_MULTIPLIER(%esi)
    addl %ecx, %eax
    adcl $0, %edx
    addl RECORD_TIME(%esi), %eax
    adcl RECORD_TIME + 4(%esi), %edx
    movl last_time, %ebx
    subl %eax, %ebx
    movl last_time + 4, %ebx
    sbbl %edx, %ebx
    jc 6f
    incl clocks_behind
6:  movl %eax, last_time
    movl %edx, last_time + 4
    incl turns
    leal 1(%edi), %eax
    andl $(PROCESSORS - 1), %eax
    movl %eax, turn
    ret

    .code16
trampoline:
    cli
    lgdtl %cs:(trampoline_gdt - trampoline)
    movl %cr0, %eax
    orb $CR0_PE, %al
    movl %eax, %cr0
    .byte 0x66, 0xea                    /* a far jump with an offset of 32 bits */
    .long other_main
    .short CODE_SELECTOR
trampoline_gdt:
    .short 3 * 8 - 1
    .long gdt
trampoline_end:
    .code32

    .bss
    .align 32
records:
    .skip PROCESSORS << RECORD_SHIFT
stacks:
    .skip PROCESSORS << STACK_SHIFT
last_counter:
    .skip 8
last_time:
    .skip 8
turn:
    .skip 4
turns:
    .skip 4
counters_behind:
    .skip 4
clocks_behind:
    .skip 4
    .text
