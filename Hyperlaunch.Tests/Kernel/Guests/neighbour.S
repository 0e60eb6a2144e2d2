/*
 * Computes the checksum of a fixed pattern and looks after each round whether a register that it set before has changed.
 * IsolationTests.cs computes the same.
 */
#include "guest.inc"
#include "registers.inc"
#define ROUNDS           24
#define BLOCK_WORDS      (1 << 18)
#define MULTIPLIER       1664525
#define INCREMENT        1013904223
#define BLOCK            0x400000
#define MSRS             12
#define FXSAVE_WORDS     128

/* The selectors of the last x87 instruction and its operand: newer processors do not keep them, nor does a 64-bit XSAVE. */
.macro forget_selectors area
    movw $0, \area + 12
    movw $0, \area + 20
.endm

guest_main:
    call start_floating_point
    movl $msrs, %esi
    movl $MSRS, %ebp
1:  movl (%esi), %ecx
    movl 4(%esi), %eax
    movl 8(%esi), %edx
    try wrmsr
    try rdmsr
    movl %eax, 4(%esi)
    movl %edx, 8(%esi)
    addl $12, %esi
    decl %ebp
    jnz 1b
    movl $0x11111111, %eax
    movl %eax, %dr0
    movl $0x22222222, %eax
    movl %eax, %dr1
    movl $0x33333333, %eax
    movl %eax, %dr2
    movl $0x44444444, %eax
    movl %eax, %dr3
    fld1
    fldln2
    movl $0x13572468, %eax
    movd %eax, %xmm0
    .irp register, 1, 2, 3, 4, 5, 6, 7
    paddd %xmm0, %xmm0
    pshufd $\register, %xmm0, %xmm\register
    .endr
    movl $0x1f85, mxcsr
    ldmxcsr mxcsr
    fxsave before
    forget_selectors before

    movl $ROUNDS, rounds
2:  call sum_block
    call compare
    decl rounds
    jnz 2b
    say "guest: sum="
    movl sum, %eax
    say_hex
    say " changes="
    movl changes, %eax
    say_eax
    end_line
    ret

sum_block:
    movl seed, %eax
    movl $BLOCK, %edi
    movl $BLOCK_WORDS, %ecx
1:  imull $MULTIPLIER, %eax, %eax
    addl $INCREMENT, %eax
    movl %eax, (%edi)
    addl $4, %edi
    decl %ecx
    jnz 1b
    movl %eax, seed
    movl sum, %eax
    movl $BLOCK, %esi
    movl $BLOCK_WORDS, %ecx
2:  roll $5, %eax
    addl (%esi), %eax
    addl $4, %esi
    decl %ecx
    jnz 2b
    movl %eax, sum
    ret

.macro changed_unless_equal
    je 770f
    incl changes
770:
.endm

compare:
    movl $msrs, %esi
    movl $MSRS, %ebp
1:  movl (%esi), %ecx
    movl 4(%esi), %eax
    movl 8(%esi), %edx
    try rdmsr
    cmpl 4(%esi), %eax
    changed_unless_equal
    cmpl 8(%esi), %edx
    changed_unless_equal
    addl $12, %esi
    decl %ebp
    jnz 1b
    movl %dr0, %eax
    cmpl $0x11111111, %eax
    changed_unless_equal
    movl %dr1, %eax
    cmpl $0x22222222, %eax
    changed_unless_equal
    movl %dr2, %eax
    cmpl $0x33333333, %eax
    changed_unless_equal
    movl %dr3, %eax
    cmpl $0x44444444, %eax
    changed_unless_equal
    movl %dr7, %eax
    cmpl $0x400, %eax
    changed_unless_equal
    fxsave after
    forget_selectors after
    movl $before, %esi
    movl $after, %edi
    movl $FXSAVE_WORDS, %ecx
    repe cmpsl
    changed_unless_equal
    cmpl $0, has_xsave
    je 2f
    xorl %ecx, %ecx
    xgetbv
    cmpl $XCR0_X87, %eax
    changed_unless_equal
2:  ret

    .data
    .align 4
msrs:
    .long MSR_SYSENTER_CS, 0x1234, 0
    .long MSR_SYSENTER_ESP, 0x01020304, 0
    .long MSR_SYSENTER_EIP, 0x05060708, 0
    .long MSR_PAT, 0x00070106, 0x00070406
    .long MSR_STAR, 0, 0x00180008
    .long MSR_LSTAR, 0x81000000, 0xffffffff
    .long MSR_CSTAR, 0x82000000, 0xffffffff
    .long MSR_SFMASK, 0x00047700, 0
    .long MSR_FS_BASE, 0, 0
    .long MSR_GS_BASE, 0, 0
    .long MSR_KERNEL_GS, 0x83000000, 0xffffffff
    .long MSR_TSC_AUX, 0x00005005, 0
seed:
    .long 1
    .bss
    .align 16
before:
    .skip 512
after:
    .skip 512
mxcsr:
    .skip 4
rounds:
    .skip 4
sum:
    .skip 4
changes:
    .skip 4
    .text
