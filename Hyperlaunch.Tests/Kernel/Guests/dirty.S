/* Leaves other values in every register that it can write, without an end. */
#include "guest.inc"
#include "registers.inc"
#define DR7_ALL_GLOBAL   0xffff07aa     /* four breakpoints on reads and writes of four bytes */
#define DEBUGCTL         0x1d9
#define ANYWHERE         0x100000

.macro dirty_msr index upper=0
    movl $\index, %ecx
    movl %ebx, %eax
    movl $\upper, %edx
    try wrmsr
.endm

guest_main:
    call start_floating_point
    say "guest: dirtying"
    end_line
    xorl %ebx, %ebx
1:  addl $0x9e3779b1, %ebx
    dirty_msr MSR_SYSENTER_CS
    dirty_msr MSR_SYSENTER_ESP
    dirty_msr MSR_SYSENTER_EIP
    dirty_msr MSR_STAR 0x12345678
    dirty_msr MSR_LSTAR 0xffffffff
    dirty_msr MSR_CSTAR 0x7fff
    dirty_msr MSR_SFMASK
    dirty_msr MSR_KERNEL_GS 0xffffffff
    dirty_msr MSR_TSC_AUX
    movl $DEBUGCTL, %ecx
    movl $1, %eax
    xorl %edx, %edx
    try wrmsr
    movl $MSR_PAT, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    try wrmsr
    movl %ebx, %eax
    movl %eax, %dr0
    movl %eax, %dr1
    notl %eax
    movl %eax, %dr2
    movl $ANYWHERE, %eax
    movl %eax, %dr3
    movl $DR7_ALL_GLOBAL, %eax
    movl %eax, %dr7
    fninit
    fldpi
    fldl2t
    fldz
    pcmpeqd %xmm0, %xmm0
    movd %ebx, %xmm1
    .irp register, 2, 3, 4, 5, 6, 7
    pshufd $0, %xmm1, %xmm\register
    .endr
    movl %ebx, %eax
    andl $0x7fbf, %eax                  /* denormals stay as they are: not every processor can do otherwise */
    orl $0x1f80, %eax
    movl %eax, mxcsr
    ldmxcsr mxcsr
    cmpl $0, has_xsave
    je 1b
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $XCR0_AVX, %eax
    try xsetbv
    jmp 1b

    .bss
mxcsr:
    .skip 4
    .text
