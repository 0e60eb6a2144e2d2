/* Turns paging on with tables where there is no memory. */
#include "guest.inc"
#define NO_MEMORY        0xa0000000
#define CR0_PG           (1 << 31)

guest_main:
    say "guest: paging"
    end_line
    movl $NO_MEMORY, %eax
    movl %eax, %cr3
    movl %cr0, %eax
    orl $CR0_PG, %eax
    movl %eax, %cr0
    say "guest: paged"
    end_line
    ret
