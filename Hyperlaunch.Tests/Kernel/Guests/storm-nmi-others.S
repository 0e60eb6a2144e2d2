/* Its first processor sends the others, which sleep, non-maskable interrupts without an end. */
#include "guest.inc"
#include "apic.inc"
#include "others.inc"

guest_main:
    say "guest: storming"
    end_line
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    movl $2f, resume                    /* where an NMI goes on */
    call start_others
1:  write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_NMI)
    jmp 1b
others_main:
2:  hlt
    jmp 2b
