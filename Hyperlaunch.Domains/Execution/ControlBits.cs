namespace Hyperlaunch.Domains.Execution;

/// <summary>Bits of the control registers and flags that decide how a guest's instructions are to be read (AMD APM volume 2, chapter 3).</summary>
internal static class ControlBits
{
    /// <summary>CR0.PE: protected mode (section 3.1.1).</summary>
    public const ulong Cr0ProtectionEnable = 1 << 0;

    /// <summary>CR0.WP: supervisor writes honour read-only pages (section 3.1.1).</summary>
    public const ulong Cr0WriteProtect = 1 << 16;

    /// <summary>CR0.PG: paging (section 3.1.1).</summary>
    public const ulong Cr0Paging = 1UL << 31;

    /// <summary>CR4.PSE: 4 MiB pages (section 3.1.3).</summary>
    public const ulong Cr4PageSizeExtension = 1 << 4;

    /// <summary>CR4.PAE: eight-byte page-table entries (section 3.1.3).</summary>
    public const ulong Cr4PhysicalAddressExtension = 1 << 5;

    /// <summary>CR4.OSXSAVE: XSETBV may be used (section 3.1.3).</summary>
    public const ulong Cr4OsXsave = 1 << 18;

    /// <summary>EFER.SCE: SYSCALL (section 3.1.7).</summary>
    public const ulong EferSyscall = 1 << 0;

    /// <summary>EFER.LME: long mode enabled (section 3.1.7).</summary>
    public const ulong EferLongModeEnable = 1 << 8;

    /// <summary>EFER.LMA: long mode active (section 3.1.7).</summary>
    public const ulong EferLongModeActive = 1 << 10;

    /// <summary>EFER.NXE: no-execute pages (section 3.1.7).</summary>
    public const ulong EferNoExecute = 1 << 11;

    /// <summary>RFLAGS.IF (section 3.1.6).</summary>
    public const ulong RflagsInterrupt = 1 << 9;

    /// <summary>RFLAGS.DF (section 3.1.6).</summary>
    public const ulong RflagsDirection = 1 << 10;

    /// <summary>The L bit of a code segment in the twelve-bit attributes: 64-bit mode (section 4.8.1).</summary>
    public const ushort AttributeLong = 1 << 9;

    /// <summary>The D bit of a code segment in the twelve-bit attributes: 32-bit default (section 4.8.1).</summary>
    public const ushort AttributeDefault32 = 1 << 10;
}
