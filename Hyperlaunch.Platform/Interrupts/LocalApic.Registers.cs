using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <content>The registers, as memory in xAPIC mode and as MSRs in x2APIC mode.</content>
public sealed partial class LocalApic
{
    /// <summary>IA32_APIC_BASE.</summary>
    public const uint BaseMsr = 0x1B;

    /// <summary>IA32_TSC_DEADLINE.</summary>
    public const uint TimeStampDeadlineMsr = 0x6E0;

    /// <summary>The first of the 64 MSRs that are the registers in x2APIC mode.</summary>
    public const uint FirstRegisterMsr = 0x800;

    private const uint RegisterCount = 0x40;

    // Registers: their offset in the page / 16, and their MSR - 0x800 (Intel SDM volume 3, tables 11-1 and 11-6)
    private const uint RegisterId = 0x02;
    private const uint RegisterVersion = 0x03;
    private const uint RegisterTaskPriority = 0x08;
    private const uint RegisterArbitrationPriority = 0x09;
    private const uint RegisterProcessorPriority = 0x0A;
    private const uint RegisterEndOfInterrupt = 0x0B;
    private const uint RegisterRemoteRead = 0x0C;
    private const uint RegisterLogicalDestination = 0x0D;
    private const uint RegisterDestinationFormat = 0x0E;
    private const uint RegisterSpurious = 0x0F;
    private const uint RegisterInService = 0x10;
    private const uint RegisterLevelTriggered = 0x18;
    private const uint RegisterRequested = 0x20;
    private const uint RegisterErrorStatus = 0x28;
    private const uint RegisterCommand = 0x30;
    private const uint RegisterCommandHigh = 0x31;
    private const uint RegisterLocalTimer = 0x32;
    private const uint RegisterLocalError = 0x37;
    private const uint RegisterInitialCount = 0x38;
    private const uint RegisterCurrentCount = 0x39;
    private const uint RegisterDivide = 0x3E;
    private const uint RegisterSelfInterrupt = 0x3F;

    /// <summary>Version 14h of an integrated APIC, the highest local vector's index in bits 23:16.</summary>
    private const uint Version = 0x14 | ((LocalCount - 1) << 16);

    private const int IdShift = 24;
    private const uint LogicalDestinationMask = 0xFF00_0000;
    private const uint DestinationFormatOnes = 0x0FFF_FFFF;
    private const uint SpuriousWritable = 0x3FF;
    private const uint LocalDeliveryStatus = 1u << 12;

    /// <summary>
    /// The x2APIC logical destination: a cluster of 16, and a bit in it (Intel SDM volume 3, section 11.12.10.2).
    /// </summary>
    private uint X2LogicalDestination => (Id >> 4 << 16) | (1u << (int)(Id & 0xF));

    /// <inheritdoc/>
    public ulong ReadMemory(ulong offset, int size)
    {
        FollowTaskPriority();
        if (!IsEnabled || IsX2Apic)
        {
            return ulong.MaxValue;
        }

        uint register = (uint)(offset >> 4);
        if ((offset & 0xF) != 0 || register >= RegisterCount)
        {
            return 0;
        }

        switch (register)
        {
            case RegisterId:
                return (ulong)Id << IdShift;
            case RegisterArbitrationPriority:
                return ProcessorPriority;
            case RegisterRemoteRead:
            case RegisterEndOfInterrupt:
                return 0;
            case RegisterLogicalDestination:
                return _logicalDestination;
            case RegisterDestinationFormat:
                return _destinationFormat;
            case RegisterCommandHigh:
                return _command >> 32;
            default:
                if (TryReadRegister(register, out uint value))
                {
                    return value;
                }

                ReportError(ErrorIllegalRegister);
                return 0;
        }
    }

    /// <inheritdoc/>
    public void WriteMemory(ulong offset, int size, ulong value)
    {
        FollowTaskPriority();
        uint register = (uint)(offset >> 4);
        if (!IsEnabled || IsX2Apic || (offset & 0xF) != 0 || register >= RegisterCount)
        {
            return;
        }

        uint data = (uint)value;
        switch (register)
        {
            case RegisterId:
            case RegisterVersion:
            case RegisterArbitrationPriority:
            case RegisterProcessorPriority:
            case RegisterRemoteRead:
            case RegisterCurrentCount:
                break;
            case RegisterEndOfInterrupt:
                EndOfInterrupt();
                break;
            case RegisterLogicalDestination:
                _logicalDestination = data & LogicalDestinationMask;
                break;
            case RegisterDestinationFormat:
                _destinationFormat = data | DestinationFormatOnes;
                break;
            case RegisterErrorStatus:
                LatchErrors();
                break;
            case RegisterCommand:
                _command = (_command & ~(ulong)uint.MaxValue) | (data & CommandWritable);
                SendCommand((uint)(_command >> 32) >> IdShift, isWide: false);
                break;
            case RegisterCommandHigh:
                _command = (_command & uint.MaxValue) | ((ulong)(data & LogicalDestinationMask) << 32);
                break;
            case RegisterSelfInterrupt:
                ReportError(ErrorIllegalRegister);
                break;
            default:
                if (!WriteRegister(register, data))
                {
                    ReportError(ErrorIllegalRegister);
                }

                break;
        }
    }

    /// <summary>Reads IA32_APIC_BASE, IA32_TSC_DEADLINE or a register in x2APIC mode.</summary>
    /// <returns>False when the MSR is none of these or cannot be read: the processor raises #GP.</returns>
    public bool TryReadMsr(uint index, out ulong value)
    {
        FollowTaskPriority();
        value = 0;
        switch (index)
        {
            case BaseMsr:
                value = _base;
                return true;
            case TimeStampDeadlineMsr:
                value = ReadTimeStampDeadline();
                return true;
            default:
                break;
        }

        uint register = index - FirstRegisterMsr;
        if (register >= RegisterCount || !IsX2Apic)
        {
            return false;
        }

        switch (register)
        {
            case RegisterId:
                value = Id;
                return true;
            case RegisterLogicalDestination:
                value = X2LogicalDestination;
                return true;
            case RegisterCommand:
                value = _command;
                return true;
            default:
                bool known = TryReadRegister(register, out uint data);
                value = data;
                return known;
        }
    }

    /// <summary>Writes IA32_APIC_BASE, IA32_TSC_DEADLINE or a register in x2APIC mode.</summary>
    /// <returns>
    /// False when the MSR is none of these, cannot be written, or has no such value or mode change: the processor raises #GP.
    /// </returns>
    public bool TryWriteMsr(uint index, ulong value)
    {
        FollowTaskPriority();
        switch (index)
        {
            case BaseMsr:
                return TryWriteBase(value);
            case TimeStampDeadlineMsr:
                WriteTimeStampDeadline(value);
                return true;
            default:
                break;
        }

        uint register = index - FirstRegisterMsr;
        if (register >= RegisterCount || !IsX2Apic)
        {
            return false;
        }

        if (register == RegisterCommand)
        {
            if (((uint)value & ~(CommandWritable | CommandDeliveryStatus)) != 0)
            {
                return false;
            }

            _command = value & ~(ulong)CommandDeliveryStatus;
            SendCommand((uint)(value >> 32), isWide: true);
            return true;
        }

        if (value >> 32 != 0 || ((uint)value & ~X2Writable(register)) != 0)
        {
            return false;
        }

        switch (register)
        {
            case RegisterEndOfInterrupt:
                EndOfInterrupt();
                return true;
            case RegisterErrorStatus:
                LatchErrors();
                return true;
            case RegisterSelfInterrupt:
                SendToSelf((byte)value);
                return true;
            default:
                return WriteRegister(register, (uint)value);
        }
    }

    /// <summary>The bits of a local vector that software sets; the others are read-only or reserved.</summary>
    private static uint LocalWritable(uint register)
    {
        switch (register - RegisterLocalTimer)
        {
            case LocalTimer:
                return LocalVectorMask | LocalMasked | TimerModeMask;
            case LocalInterrupt0:
            case LocalInterrupt1:
                return 0x0001_A7FF;
            case LocalError:
                return LocalVectorMask | LocalMasked;
            default:
                return 0x0001_07FF;
        }
    }

    /// <summary>The bits that may be set in a write of a register in x2APIC mode.</summary>
    private static uint X2Writable(uint register)
    {
        switch (register)
        {
            case RegisterTaskPriority:
            case RegisterSelfInterrupt:
                return 0xFF;
            case RegisterSpurious:
                return SpuriousWritable;
            case RegisterInitialCount:
                return uint.MaxValue;
            case RegisterDivide:
                return DivideMask;
            case >= RegisterLocalTimer and <= RegisterLocalError:
                uint writable = LocalWritable(register) | LocalDeliveryStatus;
                return register - RegisterLocalTimer is LocalInterrupt0 or LocalInterrupt1 ? writable | LocalRemoteIrr : writable;
            default:
                return 0;
        }
    }

    /// <summary>Reads a register that is the same in both modes.</summary>
    private bool TryReadRegister(uint register, out uint value)
    {
        value = 0;
        switch (register)
        {
            case RegisterVersion:
                value = Version;
                return true;
            case RegisterTaskPriority:
                value = _taskPriority;
                return true;
            case RegisterProcessorPriority:
                value = ProcessorPriority;
                return true;
            case RegisterSpurious:
                value = _spurious;
                return true;
            case >= RegisterInService and < RegisterInService + 8:
                value = _inService.Register((int)(register - RegisterInService));
                return true;
            case >= RegisterLevelTriggered and < RegisterLevelTriggered + 8:
                value = _levelTriggered.Register((int)(register - RegisterLevelTriggered));
                return true;
            case >= RegisterRequested and < RegisterRequested + 8:
                value = _requested.Register((int)(register - RegisterRequested));
                return true;
            case RegisterErrorStatus:
                value = _errorStatus;
                return true;
            case RegisterCommand:
                value = (uint)_command;
                return true;
            case >= RegisterLocalTimer and <= RegisterLocalError:
                value = _local[register - RegisterLocalTimer];
                return true;
            case RegisterInitialCount:
                value = _initialCount;
                return true;
            case RegisterCurrentCount:
                value = ReadCurrentCount();
                return true;
            case RegisterDivide:
                value = _divide;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes a register that is the same in both modes; bits that are not writable are ignored.</summary>
    private bool WriteRegister(uint register, uint value)
    {
        switch (register)
        {
            case RegisterTaskPriority:
                SetTaskPriority((byte)value);
                return true;
            case RegisterSpurious:
                WriteSpurious(value & SpuriousWritable);
                return true;
            case >= RegisterLocalTimer and <= RegisterLocalError:
                WriteLocal(register, value);
                return true;
            case RegisterInitialCount:
                WriteInitialCount(value);
                return true;
            case RegisterDivide:
                WriteDivide(value);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Disabling by software masks all local vectors (Intel SDM volume 3, section 11.4.7.2).</summary>
    private void WriteSpurious(uint value)
    {
        _spurious = value;
        if (!IsSoftwareEnabled)
        {
            for (uint register = RegisterLocalTimer; register <= RegisterLocalError; register++)
            {
                WriteLocal(register, _local[register - RegisterLocalTimer]);
            }
        }
    }

    private void WriteLocal(uint register, uint value)
    {
        uint index = register - RegisterLocalTimer;
        value &= LocalWritable(register);
        value |= IsSoftwareEnabled ? 0 : LocalMasked;
        switch (index)
        {
            case LocalTimer:
                WriteTimerVector(value);
                break;
            case LocalInterrupt0:
                _local[index] = value | (_local[index] & LocalRemoteIrr & ((value & LocalLevel) != 0 ? LocalRemoteIrr : 0));
                UpdateInterrupt0();
                break;
            default:
                _local[index] = value;
                break;
        }
    }

    private void LatchErrors()
    {
        _errorStatus = _errors;
        _errors = 0;
    }

    /// <summary>
    /// The mode changes that exist (Intel SDM volume 3, section 11.12.5); address and boot flag stay as they are.
    /// </summary>
    private bool TryWriteBase(ulong value)
    {
        const ulong Modes = BaseEnable | BaseX2Apic;
        ulong to = value & Modes;
        if ((value & ~(Modes | BaseBootstrap)) != PlatformLayout.LocalApicAddress || to == BaseX2Apic)
        {
            return false;
        }

        ulong from = _base & Modes;
        if (to == from)
        {
            return true;
        }

        if ((from == Modes && to == BaseEnable) || (from == 0 && to == Modes))
        {
            return false;
        }

        _base = (_base & ~Modes) | to;
        if (to == Modes)
        {
            _command = (uint)_command;
        }
        else
        {
            Initialize();
            SetTaskPriority(0);
        }

        return true;
    }
}
