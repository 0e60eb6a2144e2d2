/* The last resort: an interrupt without a table shuts the processor down, which chipsets answer with a reset. */
    .text
    .globl ShutDownProcessor
ShutDownProcessor:
    lidt no_table(%rip)
    int3
1:  hlt
    jmp 1b

    .section .rodata
no_table:
    .short 0
    .quad 0

    .section .note.GNU-stack, "", @progbits
