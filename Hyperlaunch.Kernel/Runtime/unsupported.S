/*
 * Services that CoreLib names and that nothing here ever asks for: collection, finalization, thunks made at run time, native
 * libraries, crash dumps. Being called is a panic that says which.
 */
    .text

.macro UNSUPPORTED names:vararg
    .irp name, \names
    .globl \name
\name:
    leaq .Lname_\name(%rip), %rdi
    jmp unsupported_service
    .pushsection .rodata.str1.1, "aMS", @progbits, 1
.Lname_\name:
    .asciz "\name"
    .popsection
    .endr
.endm

    UNSUPPORTED RhAllocateThunksMapping, RhpGetNumThunkBlocksPerMapping, RhpGetNumThunksPerBlock, RhpGetThunkBlockSize
    UNSUPPORTED RhpGetThunkDataBlockAddress, RhpGetThunkSize, RhpGetThunkStubsBlockAddress, RhGetCommonStubAddress
    UNSUPPORTED RhGetMemoryInfo, RhpCollect, RhpStartNoGCRegion, RhpEndNoGCRegion, RhReRegisterForFinalize
    UNSUPPORTED RhpGetNextFinalizableObject, RhpSignalFinalizationComplete, RhpWaitForFinalizerRequest
    UNSUPPORTED RhpGetThreadAbortException, __tls_get_addr

/* Services whose true answer here is zero, or nothing at all. */
.macro ANSWERS_ZERO names:vararg
    .irp name, \names
    .globl \name
\name:
    .endr
    xorl %eax, %eax
    ret
.endm

    ANSWERS_ZERO NativeRuntimeEventSource_LogExceptionThrown, RhSuppressFinalize, RhSetThreadExitCallback
    ANSWERS_ZERO RhRegisterInlinedThreadStaticRoot, RhUpdateFrozenSegment, RhpSetThreadDoNotTriggerGC
    ANSWERS_ZERO RhGetGcCollectionCount, RhGetMaxGcGeneration, RhGetKnobValues, RhGetModuleFileName, RhGetOSModuleFromPointer
    ANSWERS_ZERO RhYield, SystemNative_GetEnv, SystemNative_MUnmap, SystemNative_Free
    ANSWERS_ZERO RhpGetCurrentThreadStackTrace, RhCreateCrashDumpIfEnabled

    .section .note.GNU-stack, "", @progbits
