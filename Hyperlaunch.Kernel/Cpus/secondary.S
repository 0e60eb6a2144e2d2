/*
 * How a secondary CPU gets from the start signal to C# (AMD APM vol 2, 14.1.3 and 16.5). It begins in real mode at the start of
 * the page that the signal named; SecondaryCpus.cs has copied the first part there. The kernel's own text is executable in the
 * kernel's page tables and the page is not, so the way there is short: protected mode, then a jump into the text.
 */
#include "Boot/constants.inc"

#define CODE32 0x08
#define DATA32 0x10
#define CODE64 0x18
#define SEGMENT_ACCESSED (1 << 40)

    .section .data.rel.ro, "aw"         /* read-only once entry.S has relocated it */
    .balign 8
    .code16
secondary_real_mode:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl secondary_gdt_pointer - secondary_real_mode
    movl secondary_entry - secondary_real_mode, %ebx
    movl %cr0, %eax
    orl $CR0_PE, %eax
    movl %eax, %cr0
    ljmpl *secondary_entry - secondary_real_mode
    /* Relocated like any pointer; the processor reads the first's low six bytes, a far pointer, and the second's low four. */
    .balign 8
secondary_entry:
    .quad secondary_protected_mode + (CODE32 << 32)
    .skip 6
secondary_gdt_pointer:
    .short secondary_gdt_end - secondary_gdt - 1
    .quad secondary_gdt
secondary_real_mode_end:

    .balign 8
secondary_gdt:
    .quad 0
    /* Flat segments (AMD APM vol 2, 4.7 and 4.8), already accessed: with paging on, the processor cannot write that here. */
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
    .quad GDT_CODE64 | SEGMENT_ACCESSED
secondary_gdt_end:
secondary_long_entry:
    .quad secondary_long_mode + (CODE64 << 32)

    .text
    .code32
secondary_protected_mode:               /* EBX: its address */
    movl $DATA32, %eax
    movw %ax, %ds
    movw %ax, %ss
    movl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
    movl %eax, %cr4
    movl (secondary_page_tables - secondary_protected_mode)(%ebx), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LME | EFER_NXE), %eax
    wrmsr
    movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
    movl %eax, %cr0
    ljmp *(secondary_long_entry - secondary_protected_mode)(%ebx)

    .code64
secondary_long_mode:
    xorl %eax, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    movq secondary_area(%rip), %rdi
    leaq CPU_AREA_STACK_END(%rdi), %rsp
    leaq CPU_AREA_TLS_END(%rdi), %rax
    movq %rax, %rdx
    shrq $32, %rdx
    movl $MSR_FS_BASE, %ecx
    wrmsr
    xorl %ebp, %ebp                     /* the end of the chain of frames */
    call SecondaryStart
1:  cli
    hlt
    jmp 1b

    .globl GetSecondaryStart, SetSecondaryStart
GetSecondaryStart:                      /* ulong (ulong* length): the real mode part */
    movq $(secondary_real_mode_end - secondary_real_mode), (%rdi)
    leaq secondary_real_mode(%rip), %rax
    ret
SetSecondaryStart:                      /* void (byte* area, ulong pageTables): for the CPU that is started next */
    movq %rdi, secondary_area(%rip)
    movq %rsi, secondary_page_tables(%rip)
    ret

    .data
    .balign 8
secondary_area:
    .quad 0
secondary_page_tables:
    .quad 0

    .section .note.GNU-stack, "", @progbits
