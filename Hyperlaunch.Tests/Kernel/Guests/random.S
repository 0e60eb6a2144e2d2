/*
 * Interprets random programs for ever: each is a block of bytes that follows from the seed in the command line (seed=N, N not 0)
 * and is run three times, since what it has changed changes what it does. Its operations are everything that a guest can ask the
 * hypervisor for: ports, alone and by strings, MSRs, device memory, CPUID, page tables, hypercalls, control and debug registers,
 * interrupts. A fault of any kind ends the operation, wherever it comes, and the stack begins anew with each.
 */
#include "guest.inc"
#define CMDLINE          24             /* hvm_start_info.cmdline_paddr */
#define PROGRAM_BYTES    512
#define LONGEST          16             /* an operation has no more bytes than this */
#define PASSES           3
#define SHOWN_AFTER      4              /* programs */
#define BUFFER_BYTES     0x1000
#define STRING_MASK      0x7f
#define CR0_PG           (1 << 31)
/* MP, EM, TS, NE, WP, AM; not NW and CD: QEMU 7.2 lets a guest set NW alone, and then refuses to enter it. */
#define CR0_CHANGED      0x0005002e
#define CR4_PSE          (1 << 4)
#define CR4_PAE          (1 << 5)       /* not set: QEMU 7.2 takes any page directory for PAE's pointers */
#define PAGE_LARGE       0x80
#define DR7_NONE         (1 << 10)
#define PAGE_4MIB        0x83           /* present, writable, 4 MiB */
#define LOCAL_APIC       0xfee00000
#define APIC_MASK        0xffc
#define ICR_LOW          0x300
#define ICR_MODE         0x700
#define ICR_INIT         0x500
#define ICR_NMI          0x400
#define ICR_TO_SELF      0x40000

guest_main:
    movl start_info, %esi
    movl CMDLINE(%esi), %esi
    call read_seed
    movl %eax, seed
    movl $directory, %edi
    movl $PAGE_4MIB, %eax
    movl $1024, %ecx
1:  stosl
    addl $(1 << 22), %eax
    loop 1b
    movl %cr4, %eax
    orl $CR4_PSE, %eax
    movl %eax, %cr4
    movl $directory, %eax
    movl %eax, %cr3
    movl %cr0, %eax
    orl $CR0_PG, %eax
    movl %eax, %cr0
    say "guest: interpreting"
    end_line

next_program:
    movl $stack_top, %esp
    movl $program, %edi
    movl $(PROGRAM_BYTES / 4), %ecx
1:  call random
    stosl
    loop 1b
    movl $PASSES, passes
    incl programs
    cmpl $SHOWN_AFTER, programs
    jne next_pass
    call uart_start
    say "guest: programs="
    movl programs, %eax
    say_eax
    end_line

next_pass:
    decl passes
    js next_program
    movl $program, counter

next_step:
    movl $stack_top, %esp
    movl $next_step, resume
    cld
    movl counter, %esi
    cmpl $(program + PROGRAM_BYTES - LONGEST), %esi
    jae next_pass
    xorl %eax, %eax
    lodsb
    movl %eax, %ebx
    andl $15, %eax
    shrl $4, %ebx                       /* four bits that choose among forms */
    movl (%esi), %ecx
    movl 4(%esi), %edi
    addl $8, %esi
    movl %esi, counter
    jmp *operations(,%eax,4)

/* EBX: how; ECX and EDI: two operands. Each ends by going to next_step, and so does each fault. */
operations:
    .long write_port, read_port, string_port, read_msr, write_msr, read_device, write_device, identify
    .long change_page, touch_page, call_hypervisor, change_control, change_debug, odd_instruction, open_interrupts, send_signal

/* EDX becomes a port of EDI: three times in four one that PCs have. */
choose_port:
    movl %edi, %edx
    movzwl %dx, %edx
    testl $3, %ebx
    jz 1f
    andl $31, %edx
    movzwl ports(,%edx,2), %edx
1:  ret

write_port:
    call choose_port
    movl %ecx, %eax
    testl $4, %ebx
    jnz 1f
    outb %al, %dx
    jmp next_step
1:  testl $8, %ebx
    jnz 2f
    outw %ax, %dx
    jmp next_step
2:  outl %eax, %dx
    jmp next_step

read_port:
    call choose_port
    testl $4, %ebx
    jnz 1f
    inb %dx, %al
    jmp next_step
1:  testl $8, %ebx
    jnz 2f
    inw %dx, %ax
    jmp next_step
2:  inl %dx, %eax
    jmp next_step

string_port:
    call choose_port
    andl $STRING_MASK, %ecx
    movl $buffer, %edi
    movl $buffer, %esi
    testl $4, %ebx
    jnz 1f
    rep insb
    jmp next_step
1:  testl $8, %ebx
    jnz 2f
    rep outsb
    jmp next_step
2:  rep insl
    jmp next_step

/* ECX becomes an MSR: three times in four one that processors have. */
choose_msr:
    testl $3, %ebx
    jz 1f
    andl $31, %ecx
    movl msrs(,%ecx,4), %ecx
1:  ret

read_msr:
    call choose_msr
    rdmsr
    jmp next_step

write_msr:
    call choose_msr
    movl %edi, %eax
    xorl %edx, %edx
    testl $8, %ebx
    jz 1f
    movl %edi, %edx
    roll $7, %edx
1:  wrmsr
    jmp next_step

/* EDI becomes an address in a device's registers, or of none. */
choose_device:
    movl %ebx, %eax
    andl $3, %eax
    andl $0xfff, %edi
    addl devices(,%eax,4), %edi
    ret

read_device:
    call choose_device
    testl $4, %ebx
    jnz 1f
    movl (%edi), %eax
    jmp next_step
1:  testl $8, %ebx
    jnz 2f
    movzbl (%edi), %eax
    jmp next_step
2:  movw (%edi), %ax
    jmp next_step

write_device:
    call choose_device
    testl $4, %ebx
    jnz 1f
    movl %ecx, (%edi)
    jmp next_step
1:  testl $8, %ebx
    jnz 2f
    xorb %cl, (%edi)
    jmp next_step
2:  xchgw %cx, (%edi)
    jmp next_step

identify:
    movl %ecx, %eax
    testl $1, %ebx
    jz 1f
    andl $0xc000001f, %eax
1:  movl %edi, %ecx
    andl $31, %ecx
    cpuid
    jmp next_step

/* Any entry but the first, which has this code, becomes anything; seldom a table, which as a rule is no memory and the end. */
change_page:
    andl $1023, %edi
    jz next_step
    cmpl $15, %ebx
    je 1f
    orl $PAGE_LARGE, %ecx
1:  movl %ecx, directory(,%edi,4)
    shll $22, %edi
    invlpg (%edi)
    testl $2, %ebx
    jz next_step
    movl %cr3, %eax
    movl %eax, %cr3
    jmp next_step

touch_page:
    cmpl $(1 << 22), %edi
    jb next_step
    testl $1, %ebx
    jz 1f
    movl (%edi), %eax
    jmp next_step
1:  movb %cl, (%edi)
    jmp next_step

call_hypervisor:
    movl %ecx, %eax
    testl $1, %ebx
    jz 1f
    andl $63, %eax
1:  movl %edi, %edx
    movl %ebx, %esi
    testl $8, %ebx
    jz 2f
    vmcall
    jmp next_step
2:  vmmcall
    jmp next_step

change_control:
    testl $8, %ebx
    jz 1f
    movl %cr0, %eax
    andl $CR0_CHANGED, %ecx
    xorl %ecx, %eax
    movl %eax, %cr0
    jmp next_step
1:  movl %ecx, %eax
    testl $3, %ebx
    jz 2f
    movl $1, %eax
    shll %cl, %eax
2:  andl $~CR4_PAE, %eax
    orl $CR4_PSE, %eax
    movl %eax, %cr4
    movl $CR4_PSE, %eax
    movl %eax, %cr4
    jmp next_step

/* DR7 enables nothing: several guests whose breakpoints come and go with SVM's switches end QEMU 7.2 by a fault of its own. */
change_debug:
    movl %ecx, %dr0
    movl %edi, %dr3
    movl %edi, %dr6
    movl $DR7_NONE, %eax
    movl %eax, %dr7
    movl %dr7, %eax
    jmp next_step

odd_instruction:
    testl $8, %ebx
    jnz 2f
    testl $4, %ebx
    jnz 1f
    movl %edi, %eax
    andl $7, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    xsetbv
    jmp next_step
1:  rdpmc
    jmp next_step
2:  testl $4, %ebx
    jnz 3f
    wbinvd
    rdtsc
    jmp next_step
3:  movl $buffer, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    monitor
    pause
    jmp next_step

/* Whatever comes has no gate, and is a fault. */
open_interrupts:
    sti
    andl $0x3f, %ecx
1:  nop
    decl %ecx
    jns 1b
    cli
    jmp next_step

/* Interrupts of every kind to itself and to nobody; INIT would end its programs for good. */
send_signal:
    movl %ecx, %eax
    andl $ICR_MODE, %eax
    cmpl $ICR_INIT, %eax
    jne 1f
    xorl $(ICR_INIT ^ ICR_NMI), %ecx
1:  testl $8, %ebx
    jz 2f
    orl $ICR_TO_SELF, %ecx
2:  movl %ecx, LOCAL_APIC + ICR_LOW
    jmp next_step

/* EAX: the next of the series. Keeps the others. */
random:
    pushl %ecx
    movl seed, %eax
    movl %eax, %ecx
    shll $13, %ecx
    xorl %ecx, %eax
    movl %eax, %ecx
    shrl $17, %ecx
    xorl %ecx, %eax
    movl %eax, %ecx
    shll $5, %ecx
    xorl %ecx, %eax
    movl %eax, seed
    popl %ecx
    ret

/* EAX: the number behind the last '=' of the text at ESI; never 0. */
read_seed:
    xorl %eax, %eax
    xorl %ecx, %ecx
1:  movb (%esi), %cl
    incl %esi
    testl %ecx, %ecx
    jz 3f
    cmpl $'=', %ecx
    je read_seed
    subl $'0', %ecx
    cmpl $9, %ecx
    ja 1b
    imull $10, %eax, %eax
    addl %ecx, %eax
    xorl %ecx, %ecx
    jmp 1b
3:  testl %eax, %eax
    jnz 4f
    incl %eax
4:  ret

    .section .rodata
    .align 4
/* Not those that end the machine at once: 64h, 92h, CF9h. */
ports:
    .short 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71, 0x80, 0xcf8, 0xcfc
    .short 0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff, 0x2f8, 0x2f9, 0x60, 0xcfd, 0xcfe, 0x600, 0x608, 0x3c0
msrs:
    .long 0x10, 0x1b, 0x3a, 0x8b, 0xfe, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x1a0, 0x1d9, 0x200, 0x277, 0x2ff, 0x400
    .long 0x6e0, 0x802, 0x808, 0x80b, 0x830, 0x832, 0x838, 0x83f, 0xc0000080, 0xc0000081, 0xc0000100, 0xc0000102, 0x4b564d00
    .long 0x4b564d01, 0x48, 0x49
devices:
    .long LOCAL_APIC, 0xfec00000, 0xfed00000, 0xd0000000

    .bss
    .align 4096
directory:
    .skip 4096
buffer:
    .skip BUFFER_BYTES
program:
    .skip PROGRAM_BYTES + LONGEST
seed:
    .skip 4
programs:
    .skip 4
passes:
    .skip 4
counter:
    .skip 4
    .text
