/* Its first processor resets the others and starts them again, without an end; they sleep. */
#include "guest.inc"
#include "apic.inc"
#include "others.inc"

guest_main:
    say "guest: storming"
    end_line
    write_msr MSR_APIC_BASE, APIC_MSR_MODE
    call place_trampoline
1:  write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_INIT)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_INIT)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_STARTUP | START_PAGE)
    write_msr MSR_APIC_COMMAND, (TO_OTHERS | SEND_STARTUP | START_PAGE)
    jmp 1b
others_main:
1:  hlt
    jmp 1b
