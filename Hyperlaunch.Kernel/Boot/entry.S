/*
 * From the boot loader's 32-bit protected mode to the first line of C#.
 * Multiboot2 Specification 2.0 section 3.3 and Multiboot Specification 0.6.96 section 3.2 name the same entry state:
 * EAX magic, EBX address of the boot information, flat 32-bit segments, paging off, interrupts off.
 */
#include "Boot/constants.inc"

    .section .multiboot, "a"
    .balign 8
multiboot2_header:
    .long MULTIBOOT2_HEADER_MAGIC
    .long MULTIBOOT2_ARCHITECTURE_I386
    .long multiboot2_header_end - multiboot2_header
    .long -(MULTIBOOT2_HEADER_MAGIC + MULTIBOOT2_ARCHITECTURE_I386 + (multiboot2_header_end - multiboot2_header))
    /* Modules at page boundaries, so that one can become guest memory as it lies. */
    .balign 8
    .short MULTIBOOT2_TAG_MODULE_ALIGNMENT, 0
    .long 8
    /* A screen of 32 bits a pixel, if the boot loader can give one; any size. */
    .balign 8
    .short MULTIBOOT2_TAG_FRAMEBUFFER, MULTIBOOT2_TAG_OPTIONAL
    .long 20
    .long 0, 0, 32
    .balign 8
    .short MULTIBOOT2_TAG_END, 0
    .long 8
multiboot2_header_end:

    .balign 4
multiboot1_header:
    .long MULTIBOOT1_HEADER_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_HEADER_MAGIC + MULTIBOOT1_FLAGS)

    .section .text.entry, "ax"
    .code32
    .globl _start
_start:
    cli
    cld
    movl $early_stack_end, %esp
    movl %eax, %ebp                     /* the magic and the information's address outlive the checks below */
    movl %ebx, %esi

    /* Long mode: CPUID 8000_0001h EDX bit 29 (AMD APM vol 3, appendix E.4.2). NX: bit 20. */
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    andl $(CPUID_EXTENDED_LONG_MODE | CPUID_EXTENDED_NX), %edx
    cmpl $(CPUID_EXTENDED_LONG_MODE | CPUID_EXTENDED_NX), %edx
    jne no_long_mode

    /* Identity map of the first 4 GiB with 2 MiB pages; C# replaces it (AMD APM vol 2, 5.3). */
    movl $early_pdpt, %eax
    orl $(PAGE_PRESENT | PAGE_WRITABLE), %eax
    movl %eax, early_pml4
    movl $early_pd, %eax
    orl $(PAGE_PRESENT | PAGE_WRITABLE), %eax
    xorl %ecx, %ecx
1:  movl %eax, early_pdpt(, %ecx, 8)
    addl $0x1000, %eax
    incl %ecx
    cmpl $4, %ecx
    jne 1b
    movl $(PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE), %eax
    xorl %ecx, %ecx
2:  movl %eax, early_pd(, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 2b

    movl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
    movl %eax, %cr4
    movl $early_pml4, %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LME | EFER_NXE), %eax
    wrmsr
    movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
    movl %eax, %cr0
    lgdt early_gdt_pointer
    ljmp $EARLY_CODE64, $long_mode

/* A processor that cannot run the kernel still says so: on COM1 and in the text screen's first line. */
no_long_mode:
    movl $too_old, %esi
    movl $VGA_TEXT, %edi
3:  lodsb
    testb %al, %al
    jz 5f
    movb %al, %bl
    movw $(COM1 + COM_LINE_STATUS), %dx
    movl $0x10000, %ecx
4:  inb %dx, %al
    testb $COM_TRANSMITTER_EMPTY, %al
    loopz 4b
    movw $COM1, %dx
    movb %bl, %al
    outb %al, %dx
    movb $VGA_WHITE, %ah
    stosw
    jmp 3b
5:  hlt
    jmp 5b

    .code64
long_mode:
    xorl %eax, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    leaq boot_cpu_area + CPU_AREA_STACK_END(%rip), %rsp
    movl %ebp, %r12d
    movl %esi, %r13d

    /* This processor's thread-local block: the template, zeroes, then the block that FS points to (ELF TLS, variant II). */
    leaq boot_cpu_area + CPU_AREA_TLS_END(%rip), %rbx
    leaq boot_cpu_area + CPU_AREA_TLS_END(%rip), %rdi
    subq $__tls_size, %rdi
    leaq __tdata_start(%rip), %rsi
    movq $__tdata_size, %rcx
    rep movsb
    movq %rbx, (%rbx)
    movq %rbx, %rax
    movq %rbx, %rdx
    shrq $32, %rdx
    movl $MSR_FS_BASE, %ecx
    wrmsr

    rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    movq %rax, entry_timestamp(%rip)
    movabsq $0x9e3779b97f4a7c15, %rdx
    imulq %rdx, %rax
    movq %rax, __security_cookie(%rip)

    movl %r12d, %edi
    movq %r13, %rsi
    xorl %ebp, %ebp                     /* the end of the chain of frames */
    call KernelStart
1:  cli
    hlt
    jmp 1b

    .section .rodata
too_old:
    .asciz "(HV) panic: this processor has no long mode or no NX; Hyperlaunch needs both\r\n"
    .balign 8
early_gdt:
    .quad 0
    .quad GDT_CODE64
early_gdt_end:
early_gdt_pointer:
    .short early_gdt_end - early_gdt - 1
    .long early_gdt

    .data
    .balign 8
    .globl __security_cookie
__security_cookie:                      /* what methods with buffers on the stack compare against on their way out */
    .quad 0
    .globl entry_timestamp
entry_timestamp:                        /* the time stamp counter at the first 64-bit instruction */
    .quad 0

    .section .bss_pages, "aw", @nobits
    .balign 0x1000
early_pml4:
    .skip 0x1000
early_pdpt:
    .skip 0x1000
early_pd:
    .skip 4 * 0x1000
early_stack:
    .skip 0x1000
early_stack_end:

    .globl boot_cpu_area
boot_cpu_area:
    .skip CPU_AREA_SIZE

    .globl heap_start, heap_end
heap_start:
    .skip INITIAL_HEAP_SIZE
heap_end:

    .section .note.GNU-stack, "", @progbits
