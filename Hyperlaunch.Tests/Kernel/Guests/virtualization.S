/* Uses the instructions of both virtualization extensions, which no guest has: each must be an invalid opcode to it. */
#include "guest.inc"

guest_main:
    movl $page, %eax
    try vmrun
    report vmrun
    movl $page, %eax
    try vmload
    report vmload
    movl $page, %eax
    try vmsave
    report vmsave
    try stgi
    report stgi
    try clgi
    report clgi
    xorl %eax, %eax
    try skinit
    report skinit
    movl $page, %eax
    xorl %ecx, %ecx
    try invlpga
    report invlpga
    try vmxon page
    report vmxon
    try vmlaunch
    report vmlaunch
    try vmxoff
    report vmxoff
    movl $-1, %eax
    try vmmcall
    report vmmcall
    movl $-1, %eax
    try vmcall
    report vmcall
    ret

    .bss
    .align 4096
page:
    .skip 4096
