/*
 * The programs that the self-test runs as guests. The whole section is copied to GUEST_PROGRAMS; what a program needs beyond
 * registers is set up by C#. Each ends with HLT. AT gives a label's address in the guest.
 */
#include "guest_programs.inc"
#define AT(label) ((label) - guest_programs + GUEST_PROGRAMS)

    .section .data.rel.ro, "aw"
    .balign 16
guest_programs:

    .code16
real_mode:
    outb %al, $PORT_REPORT
    movw $0x3f8, %dx
    inw %dx, %ax
    cpuid
    hlt

    .code32
protected_mode:
    movl $0x12345678, %eax
    outl %eax, $PORT_REPORT
    cpuid
    vmmcall
    hlt

    .code64
long_mode:
    movabsq $0x123456789abcdef0, %rax
    movabsq $0x0fedcba987654321, %r15
    outb %al, $PORT_REPORT
    cpuid
    hlt

/* From protected mode to long mode by the guest's own instructions; the WRMSR of EFER exits. */
    .code32
mode_switch:
    movl $0x7000, %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $(1 << 5), %eax
    movl %eax, %cr4
    movl $0xc0000080, %ecx
    xorl %edx, %edx
    movl $(1 << 8), %eax
    wrmsr
    movl %cr0, %eax
    orl $(1 << 31), %eax
    movl %eax, %cr0
    ljmp $GUEST_CODE64, $AT(1f)
    .code64
1:  outb %al, $PORT_REPORT
    hlt

xsetbv_program:
    xorl %ecx, %ecx
    xgetbv
    outl %eax, $PORT_REPORT
    xorl %edx, %edx
    movl $7, %eax
    xsetbv
    xgetbv
    outl %eax, $PORT_REPORT
    hlt

/* Spins with interrupts on until a handler has come by: then RBX is not zero. */
wait_for_interrupt:
    xorl %ebx, %ebx
    sti
1:  testl %ebx, %ebx
    jz 1b
    cli
    outb %al, $PORT_REPORT
    hlt

/* Interrupts off; then the window opens. */
open_window:
    outb %al, $PORT_REPORT
    sti
    nop
window_open:
    nop
    cli
    outb %al, $PORT_REPORT
    hlt

spin_masked:
    cli
1:  incq %rbx
    jmp 1b

spin:
    sti
1:  incq %rbx
    jmp 1b

touch_beyond:
    movq GUEST_BEYOND, %rax
    movq %rax, GUEST_BEYOND + 8
    hlt

/* Reports what a page holds, for ever. */
read_page:
1:  movq GUEST_SPARE, %rbx
    outb %al, $PORT_REPORT
    jmp 1b

triple_fault:
    lidt empty_table(%rip)
    int3
    hlt

single_step:
    pushfq
    orq $(1 << 8), (%rsp)
    popfq
    nop
    cli
    outb %al, $PORT_REPORT
    hlt

/* Lowers CR8 step by step, interrupts on. */
lower_priority:
    movl $6, %eax
    movq %rax, %cr8
    outb %al, $PORT_REPORT
    sti
    movl $5, %eax
    movq %rax, %cr8
    movl $4, %eax
    movq %rax, %cr8
    nop
    movl $3, %eax
    movq %rax, %cr8
priority_lowered:
    nop
    nop
    cli
    outb %al, $PORT_REPORT
    hlt

/* Steps over a MOV to CR8 and one from it, which some processors' exits execute in their place. */
step_priority:
    movl $2, %eax
    pushfq
    orq $(1 << 8), (%rsp)
    popfq
    movq %rax, %cr8
priority_stepped:
    nop
    outb %al, $PORT_REPORT
    hlt

/*
 * Exceptions whose delivery raises them again, ahead of every interrupt: #DB, which a breakpoint meets (RSI, as RDI says), and
 * at privilege level 3 #AC, whose frame is not aligned (CVE-2015-8104, CVE-2015-5307). Where nothing is raised, they spin.
 */
capture_debug:
    movq %rsi, %dr0
    movq %rdi, %dr7
1:  incq %rbx
    testb $1, %r8b                      /* no INT1? */
    jnz handler_return
    .byte 0xf1
    jmp 1b
    .code32
capture_alignment:
    movl $(GUEST_INTERRUPT_STACK + 1), %esp
    incl %ebx
    pushl %eax
    jmp capture_alignment
    .code64

/* CPUID for ever, for measuring an exit. */
cpuid_loop:
1:  cpuid
    jmp 1b

/* x87, XMM and YMM state, and DR0-DR3, kept over exits and another guest's runs: RBX has the guest's own number. */
state_keep:
    fninit
    movq %rbx, %xmm0
    movq %rbx, %xmm15
    movq %rbx, GUEST_DATA
    fildll GUEST_DATA
    movq %rbx, %dr0
    movq %rbx, %dr3
    movl $0x5f80, GUEST_DATA
    ldmxcsr GUEST_DATA
    xorl %ecx, %ecx
    xorl %edx, %edx
    testb $1, %r8b                      /* AVX offered? */
    jz 1f
    movl $7, %eax
    xsetbv
    movq %rbx, %xmm1
    vinsertf128 $1, %xmm1, %ymm1, %ymm7
1:  outb %al, $PORT_REPORT
    movq %xmm0, %rsi
    cmpq %rbx, %rsi
    jne state_lost
    movq %xmm15, %rsi
    cmpq %rbx, %rsi
    jne state_lost
    fistpll GUEST_DATA
    cmpq %rbx, GUEST_DATA
    jne state_lost
    fildll GUEST_DATA
    movq %dr0, %rsi
    cmpq %rbx, %rsi
    jne state_lost
    movq %dr3, %rsi
    cmpq %rbx, %rsi
    jne state_lost
    stmxcsr GUEST_DATA
    cmpl $0x5f80, GUEST_DATA
    jne state_lost
    testb $1, %r8b
    jz 1b
    xorl %ecx, %ecx
    xgetbv
    cmpl $7, %eax
    jne state_lost
    vextractf128 $1, %ymm7, %xmm2
    movq %xmm2, %rsi
    cmpq %rbx, %rsi
    jne state_lost
    jmp 1b
state_lost:
    hlt

/* What a guest finds that never set anything: all must be as after a reset. */
state_fresh:
    movq %dr0, %rsi
    movq %dr3, %rdi
    movq %xmm15, %r9
    stmxcsr GUEST_DATA
    movl GUEST_DATA, %r10d
    fnstsw %ax
    movzwl %ax, %r11d
    outb %al, $PORT_REPORT
    hlt

/* Handlers. The interrupt's says that it ran; the exception's gives the error code or the DR6. */
    .balign 16
handler_interrupt:
    incl %ebx
    outb %al, $PORT_HANDLER
    iretq
handler_debug:
    movq %dr6, %rdi
    outb %al, $PORT_HANDLER
    andq $~(1 << 8), 16(%rsp)
    iretq
handler_fault:
    popq %rdi
    outb %al, $PORT_HANDLER
    hlt
handler_nmi:
    outb %al, $PORT_HANDLER
handler_return:
    iretq
    .balign 8
empty_table:
    .short 0
    .quad 0

guest_programs_end:

    .balign 8
program_table:                          /* GuestProgram's order */
    .quad guest_programs, guest_programs_end
    .quad AT(real_mode), AT(protected_mode), AT(long_mode), AT(mode_switch)
    .quad AT(xsetbv_program), AT(wait_for_interrupt), AT(open_window), AT(window_open), AT(spin_masked), AT(spin)
    .quad AT(touch_beyond), AT(read_page), AT(triple_fault), AT(single_step), AT(lower_priority), AT(priority_lowered)
    .quad AT(step_priority), AT(priority_stepped), AT(capture_debug), AT(capture_alignment)
    .quad AT(cpuid_loop), AT(state_keep), AT(state_fresh)
    .quad AT(handler_interrupt), AT(handler_debug), AT(handler_fault), AT(handler_nmi), AT(handler_return)

    .text
    .code64
    .globl GetGuestPrograms
GetGuestPrograms:
    leaq program_table(%rip), %rax
    ret

    .section .note.GNU-stack, "", @progbits
