/* Sleeps for a second of its local APIC's timer, and is done. */
#include "guest.inc"
#include "apic.inc"
#define WAKE_VECTOR  31
#define DIVIDE_BY_1  0xb
#define SECOND       1000000000         /* ticks of the timer */

guest_main:
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_SPURIOUS, APIC_ENABLE
    write_msr MSR_APIC_TIMER, WAKE_VECTOR
    write_msr MSR_APIC_DIVIDE, DIVIDE_BY_1
    write_msr MSR_APIC_COUNT, SECOND
    sti
    try hlt
    cli
    ret
