/*
 * Has a debug exception raise itself again before any interrupt is taken (CVE-2015-8104): its frame is pushed where a breakpoint
 * watches, and that exception is ahead of every interrupt. A processor whose hypervisor lets it would be the guest's for ever.
 * QEMU breaks such a delivery off in the middle, and delivers no exception of INT1: there storm-debug.S stands for it.
 */
#include "guest.inc"
#include "long.inc"
#define VECTOR_DB        1
#define WATCH            0x90403        /* breakpoint 0, local and global, writes of 8 bytes */

guest_main:
    say "guest: capturing"
    end_line
    call start_long_mode
    .code64
    long_gate VECTOR_DB, handler, 1
    movl $(long_stack - 8), %eax        /* the first word of the frame */
    movq %rax, %dr0
    movl $WATCH, %eax
    movq %rax, %dr7
1:  .byte 0xf1                          /* INT1 */
    jmp 1b
handler:
    iretq
    .code32
