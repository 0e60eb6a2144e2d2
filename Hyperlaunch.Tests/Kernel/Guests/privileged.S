/* Privileged and rare instructions, sensible and not: faults are the guest's own, and it goes on after each.
   Invalid values for CR0 and CR4 are left out: QEMU 7.2 accepts the former and repeats the latter's instruction for ever. */
#include "guest.inc"
#define DR7_GENERAL  0x00000700

guest_main:
    movl $DR7_GENERAL, %eax
    try movl %eax, %dr7
    report dr7
    try invd
    report invd
    try wbinvd
    report wbinvd
    xorl %ecx, %ecx
    try rdpmc
    report rdpmc
    movl $buffer, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    try monitor
    report monitor
    xorl %ecx, %ecx
    xorl %eax, %eax
    try mwait
    report mwait
    movl $-1, %eax
    movl $-1, %edx
    movl $-1, %ecx
    try xsetbv
    report xsetbv
    try rsm
    report rsm
    try ud2
    report ud2
    try int3
    report int3
    try ljmp $0x18, $0
    report far-jump-beyond-gdt
    movl $2, %ecx
1:  try pause
    loop 1b
    report pause
    ret

    .bss
buffer:
    .skip 64
