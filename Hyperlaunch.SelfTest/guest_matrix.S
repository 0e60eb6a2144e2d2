/*
 * The exit matrix: instructions that may end a guest's run, each alone. The whole section is copied to GUEST_MATRIX. A case
 * begins with what prepares the registers; the instruction that it is about comes after the label of `tested`, and `end` halts.
 * So an exit at the instruction is its own, and one at the end says that it had none. InstructionMatrix.cs reads the table.
 */
#include "guest_programs.inc"
#define AT(label) ((label) - matrix + GUEST_MATRIX)
#define LONG_MODE 0
#define PROTECTED_MODE 1
#define REAL_MODE 2

/* The table lies in subsection 1 behind the code, the names in subsection 2. */
    .macro begin name, mode=LONG_MODE
    .pushsection .data.rel.ro, 2
90: .asciz "\name"
    .popsection
91:
    .pushsection .data.rel.ro, 1
    .quad 90b, \mode, AT(91b)
    .popsection
    .endm

    .macro tested
92:
    .pushsection .data.rel.ro, 1
    .quad AT(92b)
    .popsection
    .endm

    .macro end
93: hlt
    .pushsection .data.rel.ro, 1
    .quad AT(93b)
    .popsection
    .endm

/* A case of one instruction that needs nothing prepared. */
    .macro plain name, instruction:vararg
    begin "\name"
    tested
    \instruction
    end
    .endm

/* RDMSR and WRMSR of one register, the latter with what was there or a value that any processor takes. */
    .macro read_msr name, register
    begin "rdmsr-\name"
    movl $\register, %ecx
    tested
    rdmsr
    end
    .endm

    .macro write_msr name, register, value=0
    begin "wrmsr-\name"
    movl $\register, %ecx
    movl $(\value & 0xffffffff), %eax
    movl $(\value >> 32), %edx
    tested
    wrmsr
    end
    .endm

/* Port accesses by DX. */
    .macro port name, instruction:vararg
    begin "\name"
    movl $0x3f8, %edx
    movl $2, %ecx
    tested
    \instruction
    end
    .endm

    .section .data.rel.ro, "aw"
    .pushsection .data.rel.ro, 1
    .balign 8
matrix_table:
    .quad matrix, matrix_end, AT(matrix_vectors)
    .popsection

    .balign 16
matrix:
    .code64
    plain "cpuid", cpuid
    plain "hlt", hlt
    plain "pause", pause
    plain "invd", invd
    plain "wbinvd", wbinvd
    plain "rdtsc", rdtsc
    plain "rdpmc", rdpmc
    plain "monitor", monitor
    plain "mwait", mwait
    plain "nop", nop

    read_msr "apic-base", 0x1b
    write_msr "apic-base", 0x1b, 0xfee00900
    read_msr "efer", 0xc0000080
    write_msr "efer", 0xc0000080, 0x500
    read_msr "pat", 0x277
    write_msr "pat", 0x277, 0x0007040600070406
    read_msr "tsc", 0x10
    write_msr "tsc", 0x10
    read_msr "mtrr-cap", 0xfe
    read_msr "machine-check", 0x179
    read_msr "misc-enable", 0x1a0
    read_msr "x2apic-id", 0x802
    write_msr "x2apic-eoi", 0x80b
    read_msr "feature-control", 0x3a
    read_msr "vmx-basic", 0x480
    read_msr "vm-cr", 0xc0010114
    read_msr "no-range", 0x12345678
    write_msr "no-range", 0x12345678
    read_msr "star", 0xc0000081
    write_msr "star", 0xc0000081
    read_msr "lstar", 0xc0000082
    write_msr "lstar", 0xc0000082
    read_msr "sfmask", 0xc0000084
    read_msr "fs-base", 0xc0000100
    write_msr "fs-base", 0xc0000100
    read_msr "gs-base", 0xc0000101
    read_msr "kernel-gs-base", 0xc0000102
    write_msr "kernel-gs-base", 0xc0000102
    read_msr "sysenter-cs", 0x174
    write_msr "sysenter-cs", 0x174
    read_msr "sysenter-esp", 0x175
    read_msr "sysenter-eip", 0x176

    begin "xgetbv"
    xorl %ecx, %ecx
    tested
    xgetbv
    end
    begin "xsetbv"
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $3, %eax
    tested
    xsetbv
    end
    begin "xsetbv-off"
    movq %cr4, %rax
    andl $~(1 << 18), %eax
    movq %rax, %cr4
    xorl %ecx, %ecx
    tested
    xsetbv
    end

    plain "outb-immediate", outb %al, $0x80
    plain "outw-immediate", outw %ax, $0x80
    plain "outl-immediate", outl %eax, $0x80
    plain "inb-immediate", inb $0x80, %al
    plain "inw-immediate", inw $0x80, %ax
    plain "inl-immediate", inl $0x80, %eax
    port "outb", outb %al, %dx
    port "outw", outw %ax, %dx
    port "outl", outl %eax, %dx
    port "inb", inb %dx, %al
    port "inw", inw %dx, %ax
    port "inl", inl %dx, %eax
    port "outsb", outsb
    port "outsw", outsw
    port "outsl", outsl
    port "insb", insb
    port "insw", insw
    port "insl", insl
    port "rep-outsb", rep outsb
    port "rep-outsw", rep outsw
    port "rep-outsl", rep outsl
    port "rep-insb", rep insb
    port "rep-insw", rep insw
    port "rep-insl", rep insl
    begin "rep-outsb-none"
    xorl %ecx, %ecx
    movl $0x3f8, %edx
    tested
    rep outsb
    end

    plain "mov-from-cr0", movq %cr0, %rax
    begin "mov-to-cr0"
    movq %cr0, %rax
    orl $(1 << 1), %eax
    tested
    movq %rax, %cr0
    end
    begin "mov-to-cr0-disable-cache"
    movq %cr0, %rax
    orl $(1 << 30), %eax
    tested
    movq %rax, %cr0
    end
    begin "mov-to-cr0-reserved"
    movq %cr0, %rax
    btsq $40, %rax
    tested
    movq %rax, %cr0
    end
    plain "smsw", smsw %eax
    begin "lmsw"
    smsw %eax
    tested
    lmsw %ax
    end
    plain "clts", clts
    plain "mov-from-cr2", movq %cr2, %rax
    plain "mov-to-cr2", movq %rax, %cr2
    plain "mov-from-cr3", movq %cr3, %rax
    begin "mov-to-cr3"
    movq %cr3, %rax
    tested
    movq %rax, %cr3
    end
    plain "mov-from-cr4", movq %cr4, %rax
    begin "mov-to-cr4"
    movq %cr4, %rax
    orl $(1 << 7), %eax
    tested
    movq %rax, %cr4
    end
    begin "mov-to-cr4-reserved"
    movq %cr4, %rax
    btsq $40, %rax
    tested
    movq %rax, %cr4
    end
    begin "mov-to-cr4-vmx"
    movq %cr4, %rax
    orl $(1 << 13), %eax
    tested
    movq %rax, %cr4
    end
    begin "mov-to-cr4-no-pae"
    movq %cr4, %rax
    andl $~(1 << 5), %eax
    tested
    movq %rax, %cr4
    end
    plain "mov-from-cr8", movq %cr8, %rax
    begin "mov-to-cr8"
    movl $5, %eax
    tested
    movq %rax, %cr8
    end
    begin "mov-to-cr8-reserved"
    movl $0x10, %eax
    tested
    movq %rax, %cr8
    end
    plain "mov-from-dr0", movq %dr0, %rax
    plain "mov-to-dr0", movq %rax, %dr0
    plain "mov-from-dr6", movq %dr6, %rax
    begin "mov-to-dr7"
    movl $0x400, %eax
    tested
    movq %rax, %dr7
    end
    begin "mov-from-dr4-extended"
    movq %cr4, %rax
    orl $(1 << 3), %eax
    movq %rax, %cr4
    tested
    movq %dr4, %rax
    end

    plain "sgdt", sgdt GUEST_DATA
    plain "sidt", sidt GUEST_DATA
    plain "sldt", sldt %eax
    plain "str", str %eax
    begin "lgdt"
    sgdt GUEST_DATA
    tested
    lgdt GUEST_DATA
    end
    begin "lidt"
    sidt GUEST_DATA
    tested
    lidt GUEST_DATA
    end
    begin "lldt"
    xorl %eax, %eax
    tested
    lldt %ax
    end
    begin "ltr-null"
    xorl %eax, %eax
    tested
    ltr %ax
    end
    plain "invlpg", invlpg GUEST_DATA
    plain "swapgs", swapgs
    plain "sti", sti
    begin "popf"
    pushfq
    tested
    popfq
    end
    plain "mfence", mfence
    plain "clflush", clflush GUEST_DATA

    begin "vmrun"
    movl $GUEST_DATA, %eax
    tested
    vmrun %rax
    end
    begin "vmload"
    movl $GUEST_DATA, %eax
    tested
    vmload %rax
    end
    begin "vmsave"
    movl $GUEST_DATA, %eax
    tested
    vmsave %rax
    end
    plain "clgi", clgi
    plain "stgi", stgi
    plain "skinit", skinit %eax
    plain "invlpga", invlpga %rax, %ecx
    plain "vmmcall", vmmcall
    plain "vmcall", vmcall
    plain "vmxon", vmxon GUEST_DATA
    plain "vmxoff", vmxoff
    plain "vmclear", vmclear GUEST_DATA
    plain "vmptrld", vmptrld GUEST_DATA
    plain "vmptrst", vmptrst GUEST_DATA
    plain "vmread", vmread %rax, %rcx
    plain "vmwrite", vmwrite %rax, %rcx
    plain "vmlaunch", vmlaunch
    plain "vmresume", vmresume
    plain "vmfunc", vmfunc
    plain "invept", invept GUEST_DATA, %rax
    plain "invvpid", invvpid GUEST_DATA, %rax

    plain "ud2", ud2
    plain "int3", int3
    plain "int-40", int $0x40
    plain "icebp", .byte 0xf1
    begin "divide-error"
    xorl %ecx, %ecx
    tested
    divl %ecx
    end
    begin "not-canonical"
    movabsq $0x0000800000000000, %rax
    tested
    movq (%rax), %rax
    end
    begin "not-canonical-stack"
    movabsq $0x0000800000000000, %rbp
    tested
    movq (%rbp), %rax
    end
    begin "no-segment"
    movl $0xfff0, %eax
    tested
    movl %eax, %ds
    end
    begin "page-fault-read"
    movl $GUEST_UNMAPPED, %eax
    tested
    movq (%rax), %rax
    end
    begin "page-fault-write"
    movl $GUEST_UNMAPPED, %eax
    tested
    movq %rax, (%rax)
    end
    begin "page-fault-fetch"
    movl $GUEST_UNMAPPED, %eax
    jmpq *%rax
    tested
    end
    begin "x87-error"
    movq %cr0, %rax
    orl $(1 << 5), %eax                 /* errors are exceptions */
    movq %rax, %cr0
    fninit
    movw $0x033b, GUEST_DATA            /* division by zero unmasked */
    fldcw GUEST_DATA
    fld1
    fdivs GUEST_DATA + 8
    tested
    fwait
    end
    begin "simd-error"
    movl $0x1d80, GUEST_DATA            /* division by zero unmasked */
    ldmxcsr GUEST_DATA
    movl $1, %eax
    cvtsi2sd %eax, %xmm0
    xorpd %xmm1, %xmm1
    tested
    divsd %xmm1, %xmm0
    end

    begin "nested-read"
    movl $GUEST_BEYOND, %eax
    tested
    movq (%rax), %rax
    end
    begin "nested-write"
    movl $GUEST_BEYOND, %eax
    tested
    movq %rax, 8(%rax)
    end
    begin "nested-modify"
    movl $GUEST_BEYOND, %eax
    tested
    addb %al, 1(%rax)
    end
    begin "nested-fetch"
    movl $GUEST_BEYOND, %eax
    jmpq *%rax
    tested
    end
    begin "nested-write-read-only"
    movl $GUEST_READ_ONLY, %eax
    movq (%rax), %rcx
    tested
    movq %rax, 16(%rax)
    end
    begin "nested-walk"
    movl $GUEST_BEYOND, %eax
    movq %rax, %cr3
    tested
    end
    begin "nested-push"
    movl $(GUEST_BEYOND + 0x100), %esp
    tested
    pushq %rax
    end
    begin "nested-string"
    movl $GUEST_BEYOND, %edi
    movl $4, %ecx
    tested
    rep stosb
    end

    .code32
    begin "protected-cpuid", PROTECTED_MODE
    tested
    cpuid
    end
    .code16
    begin "real-cpuid", REAL_MODE
    tested
    cpuid
    end
    begin "real-outw", REAL_MODE
    movw $0x3f8, %dx
    tested
    outw %ax, %dx
    end
    begin "real-rep-insb", REAL_MODE
    movw $0x3f8, %dx
    movw $1, %cx
    tested
    rep insb
    end
    begin "real-rdmsr", REAL_MODE
    movl $0x1b, %ecx
    tested
    rdmsr
    end
    begin "real-hlt", REAL_MODE
    tested
    hlt
    end
    .code64

/* A gate for each vector: which one came, in EBX, and what lies on top of the stack, in RDI: an error code where there is one. */
    .balign 8
matrix_vectors:
    .set vector, 0
    .rept 65
    .balign 8
    movb $vector, %bl
    jmp 1f
    .set vector, vector + 1
    .endr
1:  movq (%rsp), %rdi
    outb %al, $PORT_HANDLER
    hlt
matrix_end:

    .pushsection .data.rel.ro, 1
    .quad 0
    .popsection

    .text
    .globl GetGuestMatrix
GetGuestMatrix:
    leaq matrix_table(%rip), %rax
    ret

    .section .note.GNU-stack, "", @progbits
