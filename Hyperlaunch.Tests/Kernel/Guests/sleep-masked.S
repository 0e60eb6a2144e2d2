/* As sleep-timers.S, with a task priority that holds the interrupts back: none of its processors ever wakes up. */
#include "guest.inc"
#include "apic.inc"
#include "others.inc"
#define WAKE_VECTOR      31
#define MSR_APIC_PRIORITY 0x808
#define PERIODIC         0x20000
#define DIVIDE_BY_1      0xb
#define PERIOD           1000           /* ticks of the timer; the platform makes it longer */

guest_main:
    say "guest: sleeping"
    end_line
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    call start_others
others_main:
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_SPURIOUS, APIC_ENABLE
    write_msr MSR_APIC_PRIORITY, 0xf0
    write_msr MSR_APIC_TIMER, (PERIODIC | WAKE_VECTOR)
    write_msr MSR_APIC_DIVIDE, DIVIDE_BY_1
    write_msr MSR_APIC_COUNT, PERIOD
    movl $1f, resume                    /* where an interrupt goes on */
1:  write_msr MSR_APIC_EOI, 0
    sti
    hlt
    jmp 1b
