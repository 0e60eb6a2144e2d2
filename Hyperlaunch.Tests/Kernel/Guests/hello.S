/* Says what it was given, then resets: the smallest guest there is. */
#include "guest.inc"
#define START_INFO_MAGIC    0
#define START_INFO_VERSION  4
#define START_INFO_MODULES  12
#define START_INFO_CMDLINE  24
#define START_INFO_MEMMAP_ENTRIES 48

guest_main:
    movl start_info, %ebx
    say "guest: magic="
    movl START_INFO_MAGIC(%ebx), %eax
    say_hex
    say " version="
    movl START_INFO_VERSION(%ebx), %eax
    say_eax
    say " modules="
    movl START_INFO_MODULES(%ebx), %eax
    say_eax
    say " memory-ranges="
    movl START_INFO_MEMMAP_ENTRIES(%ebx), %eax
    say_eax
    end_line
    say "guest: cmdline="
    movl START_INFO_CMDLINE(%ebx), %esi
    testl %esi, %esi
    jz 1f
    call print
1:  end_line
    ret
