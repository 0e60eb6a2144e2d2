/* Sends itself non-maskable interrupts by its APIC's registers in memory, also while one is being handled, without an end. */
#include "guest.inc"
#include "apic.inc"

guest_main:
    say "guest: storming"
    end_line
    write_msr MSR_APIC_BASE, APIC_DISABLED
    write_msr MSR_APIC_BASE, APIC_MEMORY_MODE
    movl $0, APIC_COMMAND_HIGH
    movl $1f, resume                    /* where an NMI goes on */
1:  movl $SEND_NMI, APIC_COMMAND_LOW
    movl $SEND_NMI, APIC_COMMAND_LOW
    movl $SEND_NMI, APIC_COMMAND_LOW
    jmp 1b
