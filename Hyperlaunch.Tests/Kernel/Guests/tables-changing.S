/* Changes the page tables that it runs by, through themselves, to every address that an entry can hold, without an end. */
#include "guest.inc"
#include "paging.inc"
#define CR4_PGE          (1 << 7)
#define OTHER            (WINDOW + (1 << LARGE_PAGE_SHIFT))
#define OFFSET_MASK      ((1 << LARGE_PAGE_SHIFT) - 1)
#define UPPER_MASK       0xff           /* addresses below 2^40 */

guest_main:
    say "guest: changing"
    end_line
    call start_paging
    movl $directories, %ebp
    andl $OFFSET_MASK, %ebp
    addl $(WINDOW + 8 * (WINDOW_INDEX + 1)), %ebp   /* the entry of OTHER, seen through the window */
    xorl %ebx, %ebx
1:  addl $0x9e3779b1, %ebx
    movl $directories, %eax
    andl $~OFFSET_MASK, %eax
    orl $LARGE_PAGE, %eax
    movl %eax, window_entry
    movl $0, window_entry + 4
    invlpg WINDOW
    movl %ebx, %eax
    andl $~OFFSET_MASK, %eax
    orl $LARGE_PAGE, %eax
    movl %eax, (%ebp)
    movl %ebx, %eax
    rorl $7, %eax
    andl $UPPER_MASK, %eax
    movl %eax, 4(%ebp)
    try addl $1, OTHER                      /* by the entry before, or by this one */
    invlpg OTHER
    try addl $1, OTHER
    movl %cr3, %eax
    movl %eax, %cr3
    try addl $1, OTHER
    movl %cr4, %eax
    xorl $CR4_PGE, %eax
    movl %eax, %cr4
    movl %cr0, %eax
    andl $~CR0_PG, %eax
    movl %eax, %cr0
    orl $CR0_PG, %eax
    movl %eax, %cr0
    jmp 1b
