/*
 * From the boot loader's 32-bit protected mode to the first line of C#.
 * Multiboot2 Specification 2.0 section 3.3 and Multiboot Specification 0.6.96 section 3.2 name the same entry state:
 * EAX magic, EBX address of the boot information, flat 32-bit segments, paging off, interrupts off.
 *
 * A boot loader that knows the relocatable tag (Multiboot2, 3.1.13) puts the image where the machine has free memory: firmware
 * may keep what lies at the linked address (UEFI 2.10, 7.2: runtime services' memory is never the system's). The image moves as
 * a whole, and the entry with it; pointers in the image are the image's business.
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
    /* At the linked address where that is free, else at the first free place above, in whole pages of 2 MiB. */
    .balign 8
    .short MULTIBOOT2_TAG_RELOCATABLE, MULTIBOOT2_TAG_OPTIONAL
    .long 24
    .long RELOCATION_LOWEST, RELOCATION_HIGHEST, RELOCATION_ALIGNMENT, RELOCATION_PREFERS_LOW
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
#define OF(symbol) (symbol - here)(%edi)
    .globl _start
_start:
    cli
    cld
    movl %eax, %ebp                     /* the magic and the information's address outlive the checks below */
    movl %ebx, %esi

    /*
     * Only a call says where the code is, and there is no stack: what it pushes replaces for a moment the second word of the
     * boot information (Multiboot2, 3.6: reserved; Multiboot, 3.3: mem_lower), the only memory whose address is known.
     */
    movl 4(%ebx), %ecx
    leal 8(%ebx), %esp
    call here
here:
    popl %edi
    movl %ecx, 4(%ebx)
    leal OF(early_stack_end), %esp

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
    leal OF(early_pdpt), %eax
    orl $(PAGE_PRESENT | PAGE_WRITABLE), %eax
    movl %eax, OF(early_pml4)
    leal OF(early_pd), %eax
    orl $(PAGE_PRESENT | PAGE_WRITABLE), %eax
    xorl %ecx, %ecx
1:  movl %eax, (early_pdpt - here)(%edi, %ecx, 8)
    addl $0x1000, %eax
    incl %ecx
    cmpl $4, %ecx
    jne 1b
    movl $(PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE), %eax
    xorl %ecx, %ecx
2:  movl %eax, (early_pd - here)(%edi, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 2b

    movl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
    movl %eax, %cr4
    leal OF(early_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LME | EFER_NXE), %eax
    wrmsr
    leal OF(early_gdt), %eax
    pushl %eax
    pushw $(early_gdt_end - early_gdt - 1)
    lgdt (%esp)
    pushl $EARLY_CODE64
    leal OF(long_mode), %eax
    pushl %eax
    movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
    movl %eax, %cr0
    lret

/* A processor that cannot run the kernel still says so: on COM1 and in the text screen's first line. */
no_long_mode:
    leal OF(too_old), %esi
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

    /*
     * Pointers in the image hold linked addresses. Where it lies elsewhere the distance is added to each. The linker lists them
     * in words (ELF gABI, SHT_RELR): an even one is the linked address of a pointer, and the bits of an odd one but the lowest
     * stand for the 63 words behind those that were listed before.
     */
    leaq __text_start(%rip), %rbx
    subq image_layout(%rip), %rbx
    jz 5f
    leaq __relr_start(%rip), %rsi
    leaq __relr_end(%rip), %rcx
1:  cmpq %rcx, %rsi
    jae 5f
    lodsq
    testb $1, %al
    jnz 2f
    leaq 8(%rax, %rbx), %rdi
    addq %rbx, -8(%rdi)
    jmp 1b
2:  movq %rdi, %rdx
3:  addq $8, %rdx
    shrq %rax
    jz 4f
    testb $1, %al
    jz 3b
    addq %rbx, -8(%rdx)
    jmp 3b
4:  addq $(63 * 8), %rdi
    jmp 1b
5:
    /* This processor's thread-local block: the template, zeroes, then the block that FS points to (ELF TLS, variant II). */
    leaq boot_cpu_area + CPU_AREA_TLS_END(%rip), %rbx
    leaq __tdata_start(%rip), %rsi
    leaq __tls_end(%rip), %rax
    leaq (%rbx, %rsi), %rdi
    subq %rax, %rdi
    leaq __tdata_end(%rip), %rcx
    subq %rsi, %rcx
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
