/* Keeps values in every general and SSE register over a thousand exits of each common kind, and says whether they changed. */
#include "guest.inc"
#define CR0_EM       (1 << 2)
#define CR0_MP       (1 << 1)
#define CR4_OSFXSR   (1 << 9)
#define ROUNDS       1000
#define DELAY_PORT   0x80

guest_main:
    movl %cr0, %eax
    andl $~CR0_EM, %eax
    orl $CR0_MP, %eax
    movl %eax, %cr0
    movl %cr4, %eax
    orl $CR4_OSFXSR, %eax
    movl %eax, %cr4

    movl $patterns, %esi
    movdqa (%esi), %xmm0
    movdqa 16(%esi), %xmm1
    movdqa 32(%esi), %xmm2
    movdqa 48(%esi), %xmm3
    movdqa 64(%esi), %xmm4
    movdqa 80(%esi), %xmm5
    movdqa 96(%esi), %xmm6
    movdqa 112(%esi), %xmm7
    movl $0x1f85, mxcsr                 /* every exception masked, two flags set */
    ldmxcsr mxcsr

    movl $ROUNDS, rounds
1:  movl $0x10000001, %ebx
    movl $0x10000002, %esi
    movl $0x10000003, %edi
    movl $0x10000004, %ebp
    movl $DELAY_PORT, %edx
    outb %al, %dx
    inb %dx, %al
    cmpl $DELAY_PORT, %edx
    je 2f
    incl general_changes
2:  pushl %ebx
    xorl %eax, %eax
    xorl %ecx, %ecx
    cpuid
    popl %ebx
    movl $0x1b, %ecx                    /* the local APIC's base */
    try rdmsr
    cmpl $0x10000001, %ebx
    jne 3f
    cmpl $0x10000002, %esi
    jne 3f
    cmpl $0x10000003, %edi
    jne 3f
    cmpl $0x10000004, %ebp
    je 4f
3:  incl general_changes
4:  decl rounds
    jnz 1b

    movl $found, %edi
    movdqa %xmm0, (%edi)
    movdqa %xmm1, 16(%edi)
    movdqa %xmm2, 32(%edi)
    movdqa %xmm3, 48(%edi)
    movdqa %xmm4, 64(%edi)
    movdqa %xmm5, 80(%edi)
    movdqa %xmm6, 96(%edi)
    movdqa %xmm7, 112(%edi)
    movl $patterns, %esi
    movl $32, %ecx
    repe cmpsl
    je 5f
    incl sse_changes
5:  stmxcsr mxcsr
    cmpl $0x1f85, mxcsr
    je 6f
    incl sse_changes
6:  say "guest: general-changes="
    movl general_changes, %eax
    say_eax
    say " sse-changes="
    movl sse_changes, %eax
    say_eax
    end_line
    ret

    .section .rodata
    .align 16
patterns:
    .set number, 0
    .rept 32
    .long (0x9e3779b9 * number + 0x01234567) & 0xffffffff
    .set number, number + 1
    .endr
    .bss
    .align 16
found:
    .skip 128
mxcsr:
    .skip 4
rounds:
    .skip 4
general_changes:
    .skip 4
sse_changes:
    .skip 4
