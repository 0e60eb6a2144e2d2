using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Platform.Power;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Platform.Board;

/// <summary>
/// The ports of a domain's virtual devices, a device each: the one list from which the platform is put together, and by which the
/// hypervisor knows what it does not pass of a machine's own.
/// </summary>
public static class PlatformPorts
{
    internal static readonly PortWindow[] Pic =
    [
        new(PlatformLayout.FirstPicPort, 2, 1, InterruptControllerPair.FirstOffset),
        new(PlatformLayout.SecondPicPort, 2, 1, InterruptControllerPair.SecondOffset),
        new(PlatformLayout.EdgeLevelPort, 2, 1, InterruptControllerPair.EdgeLevelOffset),
    ];

    internal static readonly PortWindow[] Timer = [new(PlatformLayout.PitPort, 4, 1)];

    internal static readonly PortWindow[] Clock = [new(PlatformLayout.RtcPort, 2, 1)];

    internal static readonly PortWindow[] FirstSerial = [new(PlatformLayout.FirstSerialPort, Uart16550.PortCount, 1)];

    internal static readonly PortWindow[] SecondSerial = [new(PlatformLayout.SecondSerialPort, Uart16550.PortCount, 1)];

    internal static readonly PortWindow[] PowerManagement =
    [
        new(PlatformLayout.Pm1EventPort, PlatformLayout.Pm1EventLength, 2, AcpiPowerManagement.EventOffset),
        new(PlatformLayout.Pm1ControlPort, PlatformLayout.Pm1ControlLength, 2, AcpiPowerManagement.ControlOffset),
        new(PlatformLayout.PmTimerPort, PlatformLayout.PmTimerLength, 4, AcpiPowerManagement.TimerOffset),
    ];

    internal static readonly PortWindow[] SystemControl =
    [
        new(PlatformLayout.SystemControlPortB, 1, 1, SystemControlPort.OffsetB),
        new(PlatformLayout.SystemControlPortA, 1, 1, SystemControlPort.OffsetA),
    ];

    internal static readonly PortWindow[] Keyboard =
    [
        new(PlatformLayout.KeyboardDataPort, 1, 1, KeyboardControllerReset.DataOffset),
        new(PlatformLayout.KeyboardCommandPort, 1, 1, KeyboardControllerReset.CommandOffset),
    ];

    internal static readonly PortWindow[] Configuration = [new(PlatformLayout.PciConfigurationPort, ResetControl.PortCount, 4)];

    /// <summary>The windows of all devices that a domain can have.</summary>
    public static PortWindow[] All()
    {
        PortWindow[][] devices =
        [
            Pic, Timer, Clock, FirstSerial, SecondSerial, PowerManagement, SystemControl, Keyboard, Configuration,
        ];
        int count = 0;
        for (int i = 0; i < devices.Length; i++)
        {
            count += devices[i].Length;
        }

        PortWindow[] all = new PortWindow[count];
        int position = 0;
        for (int i = 0; i < devices.Length; i++)
        {
            for (int k = 0; k < devices[i].Length; k++)
            {
                all[position] = devices[i][k];
                position++;
            }
        }

        return all;
    }
}
