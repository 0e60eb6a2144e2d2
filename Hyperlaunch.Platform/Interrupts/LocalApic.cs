using System.Runtime.CompilerServices;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <summary>
/// The local APIC of one virtual processor, in xAPIC and x2APIC mode (AMD APM volume 2, chapter 16; Intel SDM volume 3, chapter
/// 11). It has six local vectors, a timer with TSC deadline, no extended space and no suppression of EOI broadcasts. Its address
/// and its ID are fixed.
/// </summary>
public sealed partial class LocalApic : IMemoryDevice
{
    // IA32_APIC_BASE (AMD APM volume 2, section 16.3.1)
    private const ulong BaseBootstrap = 1UL << 8;
    private const ulong BaseX2Apic = 1UL << 10;
    private const ulong BaseEnable = 1UL << 11;

    // Spurious-interrupt vector register
    private const uint SpuriousEnable = 1u << 8;
    private const uint SpuriousReset = 0xFF;

    // Local vectors: their index is their register's distance from the timer's
    private const int LocalTimer = 0;
    private const int LocalInterrupt0 = 3;
    private const int LocalInterrupt1 = 4;
    private const int LocalError = 5;
    private const int LocalCount = 6;

    private const uint LocalVectorMask = 0xFF;
    private const int LocalModeShift = 8;
    private const uint LocalModeMask = 0x7;
    private const uint LocalRemoteIrr = 1u << 14;
    private const uint LocalLevel = 1u << 15;
    private const uint LocalMasked = 1u << 16;

    // Error status register
    private const uint ErrorSendIllegalVector = 1u << 5;
    private const uint ErrorReceiveIllegalVector = 1u << 6;
    private const uint ErrorIllegalRegister = 1u << 7;

    private const int FirstLegalVector = 16;
    private const uint FlatModel = 0xF;
    private const int PriorityClassMask = 0xF0;
    private const int PriorityClassShift = 4;

    private readonly ApicBus _bus;
    private readonly IClock _clock;
    private readonly ITaskPriority _processor;
    private readonly int _index;
    private readonly VectorSet _requested = new();
    private readonly VectorSet _inService = new();
    private readonly VectorSet _levelTriggered = new();
    private readonly uint[] _local = new uint[LocalCount];

    private ulong _base;

    // The class is the processor's CR8 as it was when last looked at; the sub-class exists here alone.
    private byte _taskPriority;
    private uint _logicalDestination;
    private uint _destinationFormat;
    private uint _spurious;
    private uint _errorStatus;
    private uint _errors;
    private ulong _command;
    private bool _interrupt0;

    internal LocalApic(ApicBus bus, IClock clock, ITaskPriority processor, int index)
    {
        _bus = bus;
        _clock = clock;
        _processor = processor;
        _index = index;
        _timeStampRate = TickRate.FromKilohertz(clock.TimeStampKilohertz);
        Reset();
    }

    /// <summary>The APIC ID: the processor's number.</summary>
    public uint Id => (uint)_index;

    /// <summary>IA32_APIC_BASE as it is.</summary>
    public ulong BaseRegister => _base;

    /// <summary>Whether it is enabled at all; if not, external interrupts go to the processor directly.</summary>
    public bool IsEnabled => (_base & BaseEnable) != 0;

    /// <summary>Whether it is in x2APIC mode: its registers are MSRs and its page is ordinary address space.</summary>
    public bool IsX2Apic => (_base & BaseX2Apic) != 0;

    /// <summary>
    /// Whether this processor takes the interrupt controller pair's interrupt (LINT0 is ExtINT, or no local APIC).
    /// </summary>
    public bool AcceptsExternalInterrupt =>
        !IsEnabled
        || ((_local[LocalInterrupt0] & LocalMasked) == 0 && Mode(_local[LocalInterrupt0]) == ApicDeliveryMode.External);

    /// <summary>Whether it is enabled by software; if not, it takes no interrupt with a vector.</summary>
    internal bool IsSoftwareEnabled => (_spurious & SpuriousEnable) != 0;

    /// <summary>
    /// The processor priority: the task's, or that of what is in service. For other CPUs the task's is as it was when this
    /// processor's last exit was completed.
    /// </summary>
    internal byte ProcessorPriority
    {
        get
        {
            int serving = _inService.Highest;
            return serving == VectorSet.None || (_taskPriority & PriorityClassMask) >= (serving & PriorityClassMask)
                ? _taskPriority
                : (byte)(serving & PriorityClassMask);
        }
    }

    /// <summary>
    /// The state after power-on: enabled in xAPIC mode, disabled by software, processor 0 as the boot processor.
    /// </summary>
    public void Reset()
    {
        _base = PlatformLayout.LocalApicAddress | BaseEnable | (_index == 0 ? BaseBootstrap : 0);
        _timeStampOffset = 0;
        Initialize();
    }

    /// <summary>
    /// The state after INIT: all registers as after power-on, the mode is kept (Intel SDM volume 3, section 11.12.5).
    /// </summary>
    public void Initialize()
    {
        _requested.Clear();
        _inService.Clear();
        _levelTriggered.Clear();
        for (int i = 0; i < _local.Length; i++)
        {
            _local[i] = LocalMasked;
        }

        _taskPriority = 0;
        _logicalDestination = 0;
        _destinationFormat = uint.MaxValue;
        _spurious = SpuriousReset;
        _errorStatus = 0;
        _errors = 0;
        _command = 0;
        _interrupt0 = _bus.ExternalInterrupt;
        ResetTimer();
    }

    /// <summary>Switches to x2APIC mode, as firmware may before it starts a kernel.</summary>
    public void EnterX2ApicMode() => _base |= BaseEnable | BaseX2Apic;

    /// <summary>
    /// What firmware leaves on the boot processor, so that a kernel that ignores the local APIC gets its interrupts through it:
    /// LINT0 is the interrupt controller pair's, LINT1 is NMI (Intel MultiProcessor Specification 1.4, section 3.6.2.2).
    /// </summary>
    public void EnterVirtualWireMode()
    {
        _spurious = SpuriousEnable | SpuriousReset;
        _local[LocalInterrupt0] = (uint)ApicDeliveryMode.External << LocalModeShift;
        _local[LocalInterrupt1] = (uint)ApicDeliveryMode.NonMaskable << LocalModeShift;
    }

    /// <summary>
    /// Whether an interrupt waits that the processor's priority lets through; the interrupt flag is the caller's affair. As all
    /// accesses to its registers on the CPU where the processor lives.
    /// </summary>
    /// <param name="vector">Its vector.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasDeliverableInterrupt(out byte vector)
    {
        FollowTaskPriority();
        int highest = _requested.Highest;
        vector = (byte)highest;
        return highest != VectorSet.None && IsEnabled
            && (highest & PriorityClassMask) > (ProcessorPriority & PriorityClassMask);
    }

    /// <summary>
    /// The class, 1 to 15, of an interrupt that the task priority alone holds back: it comes when CR8 falls below. 0 for none.
    /// As <see cref="HasDeliverableInterrupt"/> saw it.
    /// </summary>
    public int ClassHeldByTaskPriority
    {
        get
        {
            int highest = _requested.Highest;
            int serving = _inService.Highest;
            bool isHeld = highest != VectorSet.None && IsEnabled
                && (highest & PriorityClassMask) <= (_taskPriority & PriorityClassMask)
                && (serving == VectorSet.None || (highest & PriorityClassMask) > (serving & PriorityClassMask));
            return isHeld ? highest >> PriorityClassShift : 0;
        }
    }

    /// <summary>
    /// The processor takes the interrupt that <see cref="HasDeliverableInterrupt"/> named: it is in service now.
    /// </summary>
    public void Accept(byte vector)
    {
        _requested.Remove(vector);
        _inService.Add(vector);
    }

    /// <summary>The interrupt with the highest priority is over.</summary>
    public void EndOfInterrupt()
    {
        int vector = _inService.Highest;
        if (vector == VectorSet.None)
        {
            return;
        }

        _inService.Remove(vector);
        if (_levelTriggered.Contains(vector))
        {
            _local[LocalInterrupt0] &= ~LocalRemoteIrr;
            UpdateInterrupt0();
            _bus.EndLevelInterrupt((byte)vector);
        }
    }

    /// <summary>An interrupt with a vector arrives.</summary>
    public void Receive(byte vector, bool isLevel)
    {
        if (!IsEnabled || !IsSoftwareEnabled)
        {
            return;
        }

        if (vector < FirstLegalVector)
        {
            ReportError(ErrorReceiveIllegalVector);
            return;
        }

        if (isLevel)
        {
            _levelTriggered.Add(vector);
        }
        else
        {
            _levelTriggered.Remove(vector);
        }

        if (_requested.Add(vector))
        {
            _bus.SignalInterrupt(_index);
        }
    }

    /// <summary>Whether a message is for this local APIC and can be taken by it (Intel SDM volume 3, section 11.6.2).</summary>
    internal bool IsAddressedBy(in ApicMessage message)
    {
        bool hasVector = message.Mode == ApicDeliveryMode.Fixed || message.Mode == ApicDeliveryMode.LowestPriority;
        if (!IsEnabled || (hasVector && !IsSoftwareEnabled))
        {
            return false;
        }

        uint destination = message.Destination;
        if (destination == (message.IsWide ? uint.MaxValue : 0xFF))
        {
            return true;
        }

        if (!message.IsLogical)
        {
            return destination == Id;
        }

        if (IsX2Apic)
        {
            uint own = X2LogicalDestination;
            return destination >> 16 == own >> 16 && (destination & own & 0xFFFF) != 0;
        }

        uint logical = _logicalDestination >> 24;
        if (_destinationFormat >> 28 == FlatModel)
        {
            return (destination & logical) != 0;
        }

        uint cluster = destination >> 4;
        return (cluster == logical >> 4 || cluster == 0xF) && (destination & logical & 0xF) != 0;
    }

    /// <summary>The interrupt controller pair's output, wired to LINT0, rose or fell.</summary>
    internal void SetLocalInterrupt0(bool asserted)
    {
        bool rose = asserted && !_interrupt0;
        _interrupt0 = asserted;
        uint local = _local[LocalInterrupt0];
        if (rose && AcceptsExternalInterrupt)
        {
            _bus.SignalInterrupt(_index);
        }
        else if (rose && (local & LocalMasked) == 0 && Mode(local) == ApicDeliveryMode.NonMaskable)
        {
            ApicMessage message = default;
            message.Mode = ApicDeliveryMode.NonMaskable;
            _bus.Deliver(_index, message);
        }
        else if (rose && (local & (LocalMasked | LocalLevel)) == 0 && Mode(local) == ApicDeliveryMode.Fixed)
        {
            Receive((byte)(local & LocalVectorMask), isLevel: false);
        }
        else
        {
            UpdateInterrupt0();
        }
    }

    private static ApicDeliveryMode Mode(uint register) => (ApicDeliveryMode)((register >> LocalModeShift) & LocalModeMask);

    // A change of CR8 clears the sub-class (Intel SDM volume 3, section 11.8.6).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FollowTaskPriority()
    {
        byte priority = _processor.Cr8;
        if (priority != _taskPriority >> 4)
        {
            _taskPriority = (byte)(priority << 4);
        }
    }

    private void SetTaskPriority(byte value)
    {
        _taskPriority = value;
        _processor.Cr8 = (byte)(value >> 4);
    }

    /// <summary>LINT0 as a fixed, level-triggered interrupt asks until it is served.</summary>
    private void UpdateInterrupt0()
    {
        uint local = _local[LocalInterrupt0];
        if (_interrupt0 && (local & (LocalMasked | LocalLevel | LocalRemoteIrr)) == LocalLevel
            && Mode(local) == ApicDeliveryMode.Fixed)
        {
            _local[LocalInterrupt0] |= LocalRemoteIrr;
            Receive((byte)(local & LocalVectorMask), isLevel: true);
        }
    }

    /// <summary>Notes an error; one in the error's own vector is only noted.</summary>
    private void ReportError(uint error)
    {
        _errors |= error;
        uint local = _local[LocalError];
        if ((local & LocalMasked) == 0 && (local & LocalVectorMask) >= FirstLegalVector)
        {
            Receive((byte)(local & LocalVectorMask), isLevel: false);
        }
    }
}
