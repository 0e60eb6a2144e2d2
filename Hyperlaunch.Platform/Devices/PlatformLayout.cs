namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// Where the virtual devices of a domain lie: ports, physical addresses, interrupt lines. The ACPI tables describe the same
/// values, so both are written from here. The legacy devices are where every PC has them.
/// </summary>
public static class PlatformLayout
{
    /// <summary>
    /// The most processors of a domain: their APIC ids are 0 and up, below the 255 from which on a guest needs x2APIC entries.
    /// </summary>
    public const int MaximumProcessors = 128;

    /// <summary>Ports of the first interrupt controller: command, data.</summary>
    public const ushort FirstPicPort = 0x20;

    /// <summary>Ports of the second interrupt controller: command, data.</summary>
    public const ushort SecondPicPort = 0xA0;

    /// <summary>The two edge/level control registers.</summary>
    public const ushort EdgeLevelPort = 0x4D0;

    /// <summary>The four ports of the interval timer.</summary>
    public const ushort PitPort = 0x40;

    /// <summary>The keyboard controller's data port.</summary>
    public const ushort KeyboardDataPort = 0x60;

    /// <summary>System control port B: timer gate, speaker.</summary>
    public const ushort SystemControlPortB = 0x61;

    /// <summary>The keyboard controller's command and status port.</summary>
    public const ushort KeyboardCommandPort = 0x64;

    /// <summary>Index of the real-time clock's registers; data is the port after it.</summary>
    public const ushort RtcPort = 0x70;

    /// <summary>System control port A: fast reset, A20.</summary>
    public const ushort SystemControlPortA = 0x92;

    /// <summary>The first serial port's eight ports.</summary>
    public const ushort FirstSerialPort = 0x3F8;

    /// <summary>The second serial port's eight ports.</summary>
    public const ushort SecondSerialPort = 0x2F8;

    /// <summary>PM1a event block: status and enable, two bytes each (FADT PM1a_EVT_BLK).</summary>
    public const ushort Pm1EventPort = 0x600;

    /// <summary>Bytes of the PM1a event block (FADT PM1_EVT_LEN).</summary>
    public const byte Pm1EventLength = 4;

    /// <summary>PM1a control block (FADT PM1a_CNT_BLK).</summary>
    public const ushort Pm1ControlPort = 0x604;

    /// <summary>Bytes of the PM1a control block (FADT PM1_CNT_LEN).</summary>
    public const byte Pm1ControlLength = 2;

    /// <summary>The power-management timer, 32 bits wide, so TMR_VAL_EXT is set (FADT PM_TMR_BLK).</summary>
    public const ushort PmTimerPort = 0x608;

    /// <summary>Bytes of the power-management timer (FADT PM_TMR_LEN).</summary>
    public const byte PmTimerLength = 4;

    /// <summary>SLP_TYP of the soft-off state: the first element of the DSDT's <c>_S5</c> package.</summary>
    public const byte SoftOffSleepType = 5;

    /// <summary>The PCI configuration address, of which only <see cref="ResetControlPort"/> exists.</summary>
    public const ushort PciConfigurationPort = 0xCF8;

    /// <summary>The reset control register (FADT RESET_REG, an 8-bit I/O register).</summary>
    public const ushort ResetControlPort = 0xCF9;

    /// <summary>The value that restarts the domain (FADT RESET_VALUE).</summary>
    public const byte ResetControlValue = 0x06;

    /// <summary>Physical address of the local APICs' register page.</summary>
    public const ulong LocalApicAddress = 0xFEE0_0000;

    /// <summary>Bytes of the local APIC's register page.</summary>
    public const ulong LocalApicLength = 0x1000;

    /// <summary>Physical address of the I/O APIC.</summary>
    public const ulong IoApicAddress = 0xFEC0_0000;

    /// <summary>Bytes of the I/O APIC's page.</summary>
    public const ulong IoApicLength = 0x1000;

    /// <summary>The I/O APIC's identification, as the MADT says it: beyond every processor's.</summary>
    public const byte IoApicId = 0xFE;

    /// <summary>Pins of the I/O APIC; its global system interrupts are 0 to 23.</summary>
    public const int IoApicPins = 24;

    /// <summary>Interrupt lines of the ISA bus.</summary>
    public const int IsaLines = 16;

    /// <summary>The interval timer's line.</summary>
    public const int PitLine = 0;

    /// <summary>
    /// The I/O APIC's pin, and the global system interrupt, of the interval timer: the MADT overrides line 0 with it.
    /// </summary>
    public const int PitGlobalInterrupt = 2;

    /// <summary>The line at which the second interrupt controller meets the first: no device may use it.</summary>
    public const int CascadeLine = 2;

    /// <summary>The second serial port's line.</summary>
    public const int SecondSerialLine = 3;

    /// <summary>The first serial port's line.</summary>
    public const int FirstSerialLine = 4;

    /// <summary>The real-time clock's line.</summary>
    public const int RtcLine = 8;

    /// <summary>The line of ACPI's system control interrupt (FADT SCI_INT).</summary>
    public const int SciLine = 9;

    /// <summary>
    /// MADT flags of <see cref="SciLine"/>: level-triggered and active high, as all lines of the platform are active high
    /// (ACPI 6.5, table 5.26). Without an override a guest would take it for active low.
    /// </summary>
    public const ushort SciFlags = 0x000D;

    /// <summary>The frequency of the local APICs' timers in Hz before their divider.</summary>
    public const uint ApicTimerHertz = 1_000_000_000;

    /// <summary>The interval timer's frequency in Hz.</summary>
    public const uint PitHertz = 1_193_182;

    /// <summary>The power-management timer's frequency in Hz (ACPI 6.5, section 4.8.2.1).</summary>
    public const uint PmTimerHertz = 3_579_545;

    /// <summary>
    /// The shortest time in nanoseconds after which a periodic timer fires again: what a guest asks for beyond it is coalesced,
    /// so that no guest can make the hypervisor do nothing but serve its timer.
    /// </summary>
    public const ulong MinimumTimerInterval = 100_000;
}
