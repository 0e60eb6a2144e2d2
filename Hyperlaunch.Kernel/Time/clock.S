/* When the hypervisor was entered: entry.S has noted it. */
    .text
    .globl GetEntryTimeStamp
GetEntryTimeStamp:
    movq entry_timestamp(%rip), %rax
    ret

    .section .note.GNU-stack, "", @progbits
