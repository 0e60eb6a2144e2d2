using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Power;

/// <summary>Turns the machine off and on again.</summary>
internal sealed unsafe class PowerControl
{
    // PM1 control (ACPI 6.5, 4.8.3.2.1).
    private const ushort ControlAcpiMode = 1 << 0;
    private const int ControlSleepTypeShift = 10;
    private const ushort ControlSleepTypeMask = 7 << ControlSleepTypeShift;
    private const ushort ControlSleep = 1 << 13;

    // The reset control register of PC chipsets: bit 1 a full reset, bit 2 the trigger (Intel PCH data sheets, CF9h).
    private const ushort ResetControlPort = 0xCF9;
    private const byte ResetFull = 0x02;
    private const byte ResetTrigger = 0x06;

    // The keyboard controller's command that pulses the reset line.
    private const ushort KeyboardCommandPort = 0x64;
    private const byte KeyboardInputFull = 1 << 1;
    private const byte KeyboardPulseReset = 0xFE;

    private const int Patience = 100_000;

    private readonly FixedHardware _hardware;
    private readonly IPhysicalMemory _memory;

    /// <summary>Makes the control.</summary>
    public PowerControl(FixedHardware hardware, IPhysicalMemory memory)
    {
        _hardware = hardware;
        _memory = memory;
    }

    /// <summary>Turns the machine off by the soft-off state S5. Returns if the machine does not know how.</summary>
    public void PowerOff()
    {
        SleepType? type = _hardware.SoftOff;
        if (type is not null && _hardware.ControlA.Exists)
        {
            EnableAcpi();
            Sleep(_hardware.ControlA, type.A);
            Sleep(_hardware.ControlB, type.B);
            Wait();
        }
    }

    /// <summary>Resets the machine, by one way after the other.</summary>
    public void Reset()
    {
        // In VMX operation a CPU does not hear INIT, by which the keyboard controller resets it (Intel SDM volume 3, 24.8).
        Processor.LeaveVmx();
        Write8(_hardware.Reset, _hardware.ResetValue);
        Wait();
        Ports.Write8(ResetControlPort, ResetFull);
        Ports.Write8(ResetControlPort, ResetTrigger);
        Wait();
        for (int i = 0; i < Patience && (Ports.Read8(KeyboardCommandPort) & KeyboardInputFull) != 0; i++)
        {
        }

        Ports.Write8(KeyboardCommandPort, KeyboardPulseReset);
        Wait();
        ShutDownProcessor();
    }

    private static void Wait()
    {
        const ushort DelayPort = 0x80;
        for (int i = 0; i < Patience; i++)
        {
            Ports.Write8(DelayPort, 0);
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.InternalCall)]
    [System.Runtime.RuntimeImport("*", "ShutDownProcessor")]
    private static extern void ShutDownProcessor();

    private void EnableAcpi()
    {
        if (_hardware.AcpiEnable == 0 || !_hardware.SmiCommandPort.Exists || (Read16(_hardware.ControlA) & ControlAcpiMode) != 0)
        {
            return;
        }

        Ports.Write8((ushort)_hardware.SmiCommandPort.Address, _hardware.AcpiEnable);
        for (int i = 0; i < Patience && (Read16(_hardware.ControlA) & ControlAcpiMode) == 0; i++)
        {
        }
    }

    private void Sleep(AcpiRegister control, byte type)
    {
        if (control.Exists)
        {
            // The type first, and the same again with the order to sleep (ACPI 6.5, 4.8.3.2.1): some chipsets take the old type
            // when both come in one write.
            int value = (Read16(control) & ~(ControlSleepTypeMask | ControlSleep)) | (type << ControlSleepTypeShift);
            Write16(control, (ushort)value);
            Write16(control, (ushort)(value | ControlSleep));
        }
    }

    // Sound: the range's owner has said that it can be reached.
    private ushort Read16(AcpiRegister register)
    {
        if (register.Space == AcpiRegisterSpace.Port)
        {
            return Ports.Read16((ushort)register.Address);
        }

        byte* memory = _memory.Map(register.Address, sizeof(ushort));
        return memory is null ? (ushort)0 : *(ushort*)memory;
    }

    private void Write16(AcpiRegister register, ushort value)
    {
        if (register.Space == AcpiRegisterSpace.Port)
        {
            Ports.Write16((ushort)register.Address, value);
            return;
        }

        byte* memory = _memory.Map(register.Address, sizeof(ushort));
        if (memory is not null)
        {
            *(ushort*)memory = value;
        }
    }

    private void Write8(AcpiRegister register, byte value)
    {
        if (register.Space == AcpiRegisterSpace.Port)
        {
            Ports.Write8((ushort)register.Address, value);
        }
        else if (register.Exists && _memory.Map(register.Address, sizeof(byte)) is var memory && memory is not null)
        {
            *memory = value;
        }
    }
}
