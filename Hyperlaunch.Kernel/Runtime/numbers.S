/* double to integer as C# has it since .NET 9: towards zero, saturating, NaN to zero. XMM0 to RAX. */
    .text

    .globl RhpDbl2Int
RhpDbl2Int:
    ucomisd %xmm0, %xmm0
    jp not_a_number
    ucomisd two_to_31(%rip), %xmm0
    jae 1f
    ucomisd minus_two_to_31(%rip), %xmm0
    jb 2f
    cvttsd2sil %xmm0, %eax
    ret
1:  movl $0x7fffffff, %eax
    ret
2:  movl $0x80000000, %eax
    ret

    .globl RhpDbl2UInt
RhpDbl2UInt:
    ucomisd %xmm0, %xmm0
    jp not_a_number
    xorpd %xmm1, %xmm1
    ucomisd %xmm1, %xmm0
    jb not_a_number
    ucomisd two_to_32(%rip), %xmm0
    jae 1f
    cvttsd2siq %xmm0, %rax
    ret
1:  movl $0xffffffff, %eax
    ret

    .globl RhpDbl2Lng
RhpDbl2Lng:
    ucomisd %xmm0, %xmm0
    jp not_a_number
    ucomisd two_to_63(%rip), %xmm0
    jae 1f
    cvttsd2siq %xmm0, %rax              /* below the range this is already the smallest value */
    ret
1:  movabsq $0x7fffffffffffffff, %rax
    ret

    .globl RhpDbl2ULng
RhpDbl2ULng:
    ucomisd %xmm0, %xmm0
    jp not_a_number
    xorpd %xmm1, %xmm1
    ucomisd %xmm1, %xmm0
    jb not_a_number
    ucomisd two_to_63(%rip), %xmm0
    jae 1f
    cvttsd2siq %xmm0, %rax
    ret
1:  ucomisd two_to_64(%rip), %xmm0
    jae 2f
    subsd two_to_63(%rip), %xmm0
    cvttsd2siq %xmm0, %rax
    btcq $63, %rax
    ret
2:  movq $-1, %rax
    ret

not_a_number:
    xorl %eax, %eax
    ret

    .section .rodata
    .balign 8
two_to_31:
    .double 2147483648.0
minus_two_to_31:
    .double -2147483648.0
two_to_32:
    .double 4294967296.0
two_to_63:
    .double 9223372036854775808.0
two_to_64:
    .double 18446744073709551616.0

    .section .note.GNU-stack, "", @progbits
