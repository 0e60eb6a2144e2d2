/* Sends itself, everybody and processors that do not exist interrupts, INITs and start-up messages, without an end. */
#include "guest.inc"
#include "apic.inc"
#define ABSENT           0x42
#define VECTOR           31

guest_main:
    say "guest: storming"
    end_line
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    write_msr MSR_APIC_SPURIOUS, APIC_ENABLE
    movl $1f, resume                    /* where an interrupt goes on */
1:  write_msr MSR_APIC_EOI, 0
    sti
    write_msr MSR_APIC_COMMAND, (TO_SELF | VECTOR)
    write_msr MSR_APIC_COMMAND, (TO_ALL | VECTOR)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_INIT)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_STARTUP)
    write_msr MSR_APIC_COMMAND, SEND_INIT, ABSENT
    write_msr MSR_APIC_COMMAND, VECTOR, ABSENT
    jmp 1b
