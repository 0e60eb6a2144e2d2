/*
 * Looks for a secret in all of its memory before it has written there, then reads and writes what lies beyond, by every address
 * that its page tables can hold.
 */
#include "guest.inc"
#include "paging.inc"
#define SECRET           0x51ec4e70     /* Hyperlaunch.Tests/Kernel/IsolationTests.cs fills a boot module with it */
#define MEMORY           (768 << 20)
#define LOW_MEMORY       0xa0000
#define FIRST_GIBIBYTE   4
#define GIBIBYTES        1024
#define LAST_LOW_PAGE    0xffe00000

/* Counts the words from %edi to \end that are the secret. */
.macro search end
1:  movl $\end, %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    jz 2f
    movl $SECRET, %eax
    repne scasl
    jne 2f
    incl secrets
    jmp 1b
2:
.endm

guest_main:
    xorl %edi, %edi
    search LOW_MEMORY
    movl $image_end, %edi
    search MEMORY
    call start_paging

    movl $MEMORY, %ebx                  /* from the end of its memory to 4 GiB, each 2 MiB */
3:  movl %ebx, %eax
    xorl %edx, %edx
    call look
    cmpl $LAST_LOW_PAGE, %ebx
    je 4f
    addl $(1 << LARGE_PAGE_SHIFT), %ebx
    jmp 3b
4:  movl $FIRST_GIBIBYTE, %ebx          /* then each GiB, and the hypervisor's and the modules' places above each */
5:  movl %ebx, %edx
    shrl $2, %edx
    movl %ebx, %eax
    shll $30, %eax
    call look
    orl $(1 << LARGE_PAGE_SHIFT), %eax
    call look
    incl %ebx
    cmpl $GIBIBYTES, %ebx
    jne 5b

    say "guest: secrets="
    movl secrets, %eax
    say_eax
    say " answers="
    movl answers, %eax
    say_eax
    end_line
    ret

/* edx:eax: an address of 2 MiB beyond its memory. Keeps eax, ebx. */
look:
    pushl %eax
    orl $LARGE_PAGE, %eax
    movl %eax, window_entry
    movl %edx, window_entry + 4
    invlpg WINDOW
    movl $-1, %eax
    try movl WINDOW + 0x1000, %eax
    cmpl $SECRET, %eax
    jne 1f
    incl secrets
1:  cmpl $-1, %eax
    je 2f
    incl answers
2:  try movl $SECRET, WINDOW + 0x1000
    movl $-1, %eax
    try movl WINDOW + 0x1000, %eax
    cmpl $SECRET, %eax
    jne 3f
    incl secrets
3:  popl %eax
    ret

    .bss
secrets:
    .skip 4
answers:
    .skip 4
    .align 4096
image_end:
    .text
