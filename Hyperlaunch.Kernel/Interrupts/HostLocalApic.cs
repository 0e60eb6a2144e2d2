using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Interrupts;

/// <summary>
/// The local APIC of the CPU that executes this, in xAPIC mode by memory or in x2APIC mode by MSRs (AMD APM vol 2, chapter 16;
/// Intel SDM vol 3, chapter 11). All CPUs use the same mode.
/// </summary>
internal sealed unsafe class HostLocalApic
{
    /// <summary>The vector of the timer.</summary>
    public const byte TimerVector = 0xE0;

    /// <summary>The vector by which one CPU makes another leave its guest.</summary>
    public const byte KickVector = 0xF0;

    /// <summary>All ones are the most that the timer counts down from.</summary>
    public const uint TimerMaximum = uint.MaxValue;

    private const uint LeafFeatures = 1;
    private const uint FeatureX2Apic = 1u << 21;

    // IA32_APIC_BASE.
    private const uint MsrApicBase = 0x1B;
    private const ulong BaseX2Apic = 1 << 10;
    private const ulong BaseEnabled = 1 << 11;
    private const ulong BaseAddressMask = 0x000F_FFFF_FFFF_F000;

    // Registers by their offset in memory; the MSR is 0x800 plus the offset over 16.
    private const uint MsrFirst = 0x800;
    private const uint RegisterId = 0x020;
    private const uint RegisterTaskPriority = 0x080;
    private const uint RegisterSpurious = 0x0F0;
    private const uint RegisterErrorStatus = 0x280;
    private const uint RegisterCommand = 0x300;
    private const uint RegisterCommandHigh = 0x310;
    private const uint RegisterTimer = 0x320;
    private const uint RegisterThermal = 0x330;
    private const uint RegisterPerformance = 0x340;
    private const uint RegisterLint0 = 0x350;
    private const uint RegisterError = 0x370;
    private const uint RegisterInitialCount = 0x380;
    private const uint RegisterCurrentCount = 0x390;
    private const uint RegisterDivider = 0x3E0;

    private const uint SoftwareEnable = 1 << 8;
    private const uint ExternalInterrupt = 7 << 8;
    private const uint TimerTscDeadline = 2 << 17;
    private const uint DivideBy1 = 0xB;
    private const uint MsrTscDeadline = 0x6E0;
    private const int IdShift = 24;

    // Interrupt command: delivery mode, level, and whether the last one is still on its way.
    private const uint CommandNmi = 4 << 8;
    private const uint CommandInit = 5 << 8;
    private const uint CommandStartup = 6 << 8;
    private const uint CommandAssert = 1 << 14;
    private const uint CommandAllOthers = 3 << 18;
    private const uint CommandPending = 1 << 12;
    private const int CommandPatience = 1_000_000;

    private readonly bool _x2Apic;
    private readonly ulong _base;
    private readonly byte* _registers;

    /// <summary>Finds out how the APIC is reached, on the boot CPU. x2APIC is used wherever the processor has it.</summary>
    public HostLocalApic(IHostProcessor processor)
    {
        uint features = processor.Cpuid(LeafFeatures, 0).Ecx;
        _x2Apic = (features & FeatureX2Apic) != 0;
        HasTscDeadline = DeadlineTimer.IsUsable(processor, ModelRegisters.Instance);
        _base = Processor.ReadMsr(MsrApicBase) & BaseAddressMask;

        // Below 4 GiB everything is mapped, and no firmware moves the registers above.
        _registers = (byte*)_base;
    }

    /// <summary>The timer can be set to a value of the time-stamp counter.</summary>
    public bool HasTscDeadline { get; }

    /// <summary>Whether the registers are MSRs.</summary>
    public bool IsX2Apic => _x2Apic;

    /// <summary>
    /// The highest APIC id that can be reached: all ones mean everybody, of eight bits by memory, of 32 by MSRs (Intel SDM volume
    /// 3, 11.6.1 and 11.12.9).
    /// </summary>
    public uint HighestId => _x2Apic ? uint.MaxValue - 1 : byte.MaxValue - 1;

    /// <summary>This CPU's APIC id.</summary>
    public uint Id => _x2Apic ? Read(RegisterId) : Read(RegisterId) >> IdShift;

    /// <summary>What is left of the count.</summary>
    public uint CurrentCount => Read(RegisterCurrentCount);

    /// <summary>
    /// Enables this CPU's APIC: the timer and signals from other CPUs, nothing else. NMI by LINT1 stays as it was.
    /// </summary>
    public void EnableCpu()
    {
        // x2APIC mode is reached only from xAPIC mode (AMD APM vol 2, 16.9).
        ulong state = (Processor.ReadMsr(MsrApicBase) & ~BaseAddressMask) | _base | BaseEnabled;
        Processor.WriteMsr(MsrApicBase, state);
        if (_x2Apic)
        {
            Processor.WriteMsr(MsrApicBase, state | BaseX2Apic);
        }

        InterruptTable.SetLocalApic(_x2Apic ? 0 : _base);
        Panic.UseToStopOthers(this);
        Write(RegisterTaskPriority, 0);
        Write(RegisterSpurious, SoftwareEnable | InterruptTable.SpuriousVector);
        Write(RegisterLint0, LocalVector.Masked);
        Write(RegisterThermal, LocalVector.MaskUnlessFirmwares(Read(RegisterThermal)));
        Write(RegisterPerformance, LocalVector.MaskUnlessFirmwares(Read(RegisterPerformance)));
        Write(RegisterError, LocalVector.Masked);
        Write(RegisterErrorStatus, 0);
        Write(RegisterDivider, DivideBy1);
        Write(RegisterTimer, TimerVector | (HasTscDeadline ? TimerTscDeadline : 0));

        // Without the fence the first deadline could be written while the mode is still the other one.
        Processor.Fence();
    }

    /// <summary>Takes interrupts of the 8259s on this CPU, or no longer.</summary>
    public void ConnectControllers(bool connected) => Write(RegisterLint0, connected ? ExternalInterrupt : LocalVector.Masked);

    /// <summary>
    /// Starts counting from <see cref="TimerMaximum"/> without an interrupt, to compare the timer with a clock.
    /// </summary>
    public void StartMeasuring()
    {
        Write(RegisterTimer, TimerVector | LocalVector.Masked);
        Write(RegisterInitialCount, TimerMaximum);
    }

    /// <summary>Ends what <see cref="StartMeasuring"/> began.</summary>
    public void StopMeasuring()
    {
        Write(RegisterInitialCount, 0);
        Write(RegisterTimer, TimerVector | (HasTscDeadline ? TimerTscDeadline : 0));
        Processor.Fence();
    }

    /// <summary>Fires the timer after so many of its ticks; 0 stops it. Only without <see cref="HasTscDeadline"/>.</summary>
    public void SetCount(uint ticks) => Write(RegisterInitialCount, ticks);

    /// <summary>Fires the timer when the time-stamp counter reaches the value; 0 stops it. Only with it.</summary>
    public static void SetTscDeadline(ulong timeStamp) => Processor.WriteMsr(MsrTscDeadline, timeStamp);

    /// <summary>Makes another CPU leave its guest or its halt.</summary>
    public void Kick(uint apicId) => Send(apicId, KickVector);

    /// <summary>Interrupts every other CPU beyond its power to mask: the way of a panic to stop them.</summary>
    public void SendNmiToOthers() => Send(0, CommandNmi | CommandAssert | CommandAllOthers);

    /// <summary>
    /// Sends INIT to every other CPU: firmware may have left them running in memory that is to be a guest's.
    /// </summary>
    public void SendInitToOthers() => Send(0, CommandInit | CommandAssert | CommandAllOthers);

    /// <summary>Sends INIT: the CPU waits for a start (AMD APM vol 2, 16.5).</summary>
    public void SendInit(uint apicId) => Send(apicId, CommandInit | CommandAssert);

    /// <summary>Sends a start: the CPU begins in real mode at <paramref name="page"/> times 4 KiB.</summary>
    public void SendStartup(uint apicId, byte page) => Send(apicId, CommandStartup | CommandAssert | page);

    private void Send(uint apicId, uint command)
    {
        Processor.Fence();
        if (_x2Apic)
        {
            Processor.WriteMsr(MsrFirst + (RegisterCommand >> 4), ((ulong)apicId << 32) | command);
            return;
        }

        for (int i = 0; i < CommandPatience && (Read(RegisterCommand) & CommandPending) != 0; i++)
        {
            Processor.Pause();
        }

        Write(RegisterCommandHigh, apicId << IdShift);
        Write(RegisterCommand, command);
    }

    // The registers' page is mapped: see the constructor. Volatile, because each access has an effect.
    private uint Read(uint register)
        => _x2Apic
            ? (uint)Processor.ReadMsr(MsrFirst + (register >> 4))
            : System.Threading.Volatile.Read(ref *(uint*)(_registers + register));

    private void Write(uint register, uint value)
    {
        if (_x2Apic)
        {
            Processor.WriteMsr(MsrFirst + (register >> 4), value);
        }
        else
        {
            System.Threading.Volatile.Write(ref *(uint*)(_registers + register), value);
        }
    }
}
