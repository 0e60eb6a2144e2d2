/* Where the linker put things, for C#: ImageLayout.cs has the same fields in the same order. */
#include "Boot/constants.inc"

    .section .data.rel.ro, "aw"         /* read-only once entry.S has relocated it */
    .balign 8
    .globl image_layout
image_layout:
    .quad __text_start, __text_end
    .quad __rodata_start, __rodata_end
    .quad __image_end
    .quad __managedcode_start, __managedcode_end
    .quad __eh_frame_hdr
    .quad __modules_start, __modules_end
    .quad classlib_functions
    .quad __tdata_start, __tdata_end, __tls_end
    .quad heap_start, heap_end
    .quad boot_cpu_area
    .quad catch_funclet_return, finally_funclet_return
    .quad __leaf_start, __leaf_end
    .quad dispatch_pool_start, dispatch_pool_end
    .quad frozen_start, frozen_end
    .quad __symbols_start, __symbols_end
    .quad page_tables_start, page_tables_end

/*
 * What the class library offers to exception handling, indexed by System.Runtime.ClassLibFunctionId. The ends are the
 * kernel's own.
 */
classlib_functions:
    .quad GetRuntimeException
    .quad KernelFailFast
    .quad 0
    .quad 0                             /* AppendExceptionStackFrame: exceptions carry no trace, a panic prints its own */
    .quad 0
    .quad GetSystemArrayEEType
    .quad 0                             /* OnFirstChance */
    .quad KernelUnhandledException
    .quad 0, 0, 0, 0                    /* ObjectiveCMarshal: of another system */

    .text
    .globl GetImageLayout
GetImageLayout:
    leaq image_layout(%rip), %rax
    ret

    .section .bss_pages, "aw", @nobits
    .balign 0x1000
page_tables_start:
    .skip PAGE_TABLES_SIZE
page_tables_end:
dispatch_pool_start:
    .skip DISPATCH_POOL_SIZE
dispatch_pool_end:
frozen_start:
    .skip FROZEN_HEAP_SIZE
frozen_end:

    .section .note.GNU-stack, "", @progbits
