/* The instructions that C# has no words for. System V ABI; none touches memory beyond its arguments. */
    .section .tbss, "awT", @nobits
    .balign 8
cpu_locals:                             /* CurrentCpu.Locals of this processor */
    .skip 8

    .text

    .globl GetCpuLocals
GetCpuLocals:
    movq %fs:0, %rax
    leaq cpu_locals@tpoff(%rax), %rax
    ret

    .globl PortRead8, PortRead16, PortRead32, PortWrite8, PortWrite16, PortWrite32
PortRead8:
    movl %edi, %edx
    xorl %eax, %eax
    inb %dx, %al
    ret
PortRead16:
    movl %edi, %edx
    xorl %eax, %eax
    inw %dx, %ax
    ret
PortRead32:
    movl %edi, %edx
    inl %dx, %eax
    ret
PortWrite8:
    movl %edi, %edx
    movl %esi, %eax
    outb %al, %dx
    ret
PortWrite16:
    movl %edi, %edx
    movl %esi, %eax
    outw %ax, %dx
    ret
PortWrite32:
    movl %edi, %edx
    movl %esi, %eax
    outl %eax, %dx
    ret

    .globl MsrRead, MsrWrite
MsrRead:                                /* ulong (uint register) */
    movl %edi, %ecx
    rdmsr
    shlq $32, %rdx
    orq %rdx, %rax
    ret
MsrWrite:                               /* void (uint register, ulong value) */
    movl %edi, %ecx
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
    wrmsr
    ret

/*
 * Instructions that may fail: a fault in one goes on at instruction_failed (RecoverFrom, which the fault handler asks). Each
 * answers 0 when it was done.
 */
    .globl MsrTryRead, MsrTryWrite, VmxTryLeave
MsrTryRead:                             /* uint (uint register, ulong* value) */
    movl %edi, %ecx
try_rdmsr:
    rdmsr
    shlq $32, %rdx
    orq %rdx, %rax
    movq %rax, (%rsi)
    xorl %eax, %eax
    ret
MsrTryWrite:                            /* uint (uint register, ulong value) */
    movl %edi, %ecx
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
try_wrmsr:
    wrmsr
    xorl %eax, %eax
    ret
VmxTryLeave:                            /* uint (): VMXOFF */
try_vmxoff:
    vmxoff
    xorl %eax, %eax
    ret
instruction_failed:
    movl $1, %eax
    ret

    .globl RecoverFrom
RecoverFrom:                            /* ulong (ulong address): where to go on; 0 when the instruction may not fail */
    leaq instruction_failed(%rip), %rax
    leaq try_rdmsr(%rip), %rdx
    cmpq %rdx, %rdi
    je 1f
    leaq try_wrmsr(%rip), %rdx
    cmpq %rdx, %rdi
    je 1f
    leaq try_vmxoff(%rip), %rdx
    cmpq %rdx, %rdi
    je 1f
    xorl %eax, %eax
1:  ret

    .globl CachesWriteBack
CachesWriteBack:
    wbinvd
    ret

    .globl CpuIdentify
CpuIdentify:                            /* void (uint leaf, uint subleaf, uint* eax_ebx_ecx_edx) */
    pushq %rbx
    movq %rdx, %r8
    movl %edi, %eax
    movl %esi, %ecx
    cpuid
    movl %eax, 0(%r8)
    movl %ebx, 4(%r8)
    movl %ecx, 8(%r8)
    movl %edx, 12(%r8)
    popq %rbx
    ret

    .globl TimeStampRead
TimeStampRead:
    rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    ret

    .globl ControlRead0, ControlRead2, ControlRead3, ControlRead4, ControlWrite0, ControlWrite3, ControlWrite4
ControlRead0:
    movq %cr0, %rax
    ret
ControlRead2:
    movq %cr2, %rax
    ret
ControlRead3:
    movq %cr3, %rax
    ret
ControlRead4:
    movq %cr4, %rax
    ret
ControlWrite0:
    movq %rdi, %cr0
    ret
ControlWrite3:
    movq %rdi, %cr3
    ret
ControlWrite4:
    movq %rdi, %cr4
    ret

    .globl InvalidatePage
InvalidatePage:
    invlpg (%rdi)
    ret

/* The caller's registers, in the order of FrameRegisters. */
    .globl CaptureRegisters
CaptureRegisters:
    movq %rbx, 24(%rdi)
    movq %rbp, 48(%rdi)
    movq %r15, 56(%rdi)
    movq %r12, 96(%rdi)
    movq %r13, 104(%rdi)
    movq %r14, 112(%rdi)
    leaq 8(%rsp), %rax
    movq %rax, 120(%rdi)
    movq (%rsp), %rax
    movq %rax, 128(%rdi)
    ret

    .globl CpuPause
CpuPause:
    pause
    ret

    .globl CpuHaltForever
CpuHaltForever:
    cli
1:  hlt
    jmp 1b

    .section .note.GNU-stack, "", @progbits
