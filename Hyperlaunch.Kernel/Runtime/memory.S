/* memmove, memset and their kin: the ISO C contracts, 16 bytes at a time, no AVX (the upper halves are the guest's). */
    .section .text.leaf, "ax"
    .globl memcpy, memmove
memcpy:
memmove:
    movq %rdi, %rax
    movq %rdi, %rcx
    subq %rsi, %rcx
    cmpq %rdx, %rcx
    jb move_backwards                   /* the destination starts inside the source */
    cmpq $128, %rdx
    jb 8f
9:  movups (%rsi), %xmm0                /* domains are built of megabytes: 128 bytes a turn, all read before any is written */
    movups 16(%rsi), %xmm1
    movups 32(%rsi), %xmm2
    movups 48(%rsi), %xmm3
    movups 64(%rsi), %xmm4
    movups 80(%rsi), %xmm5
    movups 96(%rsi), %xmm6
    movups 112(%rsi), %xmm7
    movups %xmm0, (%rdi)
    movups %xmm1, 16(%rdi)
    movups %xmm2, 32(%rdi)
    movups %xmm3, 48(%rdi)
    movups %xmm4, 64(%rdi)
    movups %xmm5, 80(%rdi)
    movups %xmm6, 96(%rdi)
    movups %xmm7, 112(%rdi)
    addq $128, %rsi
    addq $128, %rdi
    subq $128, %rdx
    cmpq $128, %rdx
    jae 9b
8:  cmpq $16, %rdx
    jb 2f
1:  movups (%rsi), %xmm0
    movups %xmm0, (%rdi)
    addq $16, %rsi
    addq $16, %rdi
    subq $16, %rdx
    cmpq $16, %rdx
    jae 1b
2:  testq %rdx, %rdx
    jz 4f
3:  movb (%rsi), %cl
    movb %cl, (%rdi)
    incq %rsi
    incq %rdi
    decq %rdx
    jnz 3b
4:  ret
move_backwards:
    cmpq $16, %rdx
    jb 6f
5:  movups -16(%rsi, %rdx), %xmm0
    movups %xmm0, -16(%rdi, %rdx)
    subq $16, %rdx
    cmpq $16, %rdx
    jae 5b
6:  testq %rdx, %rdx
    jz 4b
7:  movb -1(%rsi, %rdx), %cl
    movb %cl, -1(%rdi, %rdx)
    decq %rdx
    jnz 7b
    ret

    .globl memset
memset:
    movq %rdi, %rax
    movzbl %sil, %ecx
    movabsq $0x0101010101010101, %r8
    imulq %r8, %rcx
    cmpq $16, %rdx
    jb 2f
    movq %rcx, %xmm0
    punpcklqdq %xmm0, %xmm0
    cmpq $128, %rdx
    jb 1f
5:  movups %xmm0, (%rdi)
    movups %xmm0, 16(%rdi)
    movups %xmm0, 32(%rdi)
    movups %xmm0, 48(%rdi)
    movups %xmm0, 64(%rdi)
    movups %xmm0, 80(%rdi)
    movups %xmm0, 96(%rdi)
    movups %xmm0, 112(%rdi)
    addq $128, %rdi
    subq $128, %rdx
    cmpq $128, %rdx
    jae 5b
    cmpq $16, %rdx
    jb 2f
1:  movups %xmm0, (%rdi)
    addq $16, %rdi
    subq $16, %rdx
    cmpq $16, %rdx
    jae 1b
2:  testq %rdx, %rdx
    jz 4f
3:  movb %cl, (%rdi)
    incq %rdi
    decq %rdx
    jnz 3b
4:  ret

    .section .note.GNU-stack, "", @progbits
