using System.Threading;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.Firmware;

namespace Hyperlaunch.Kernel.Time;

/// <summary>ACPI's power management timer, 24 or 32 bits at a port or in memory (ACPI 6.5, 4.8.3.3).</summary>
/// <param name="register">Where it is; in memory, what can be reached.</param>
internal sealed unsafe class AcpiTimer(AcpiRegister register) : ReferenceTimer
{
    /// <summary>Bytes of its register.</summary>
    public const int Size = sizeof(uint);

    /// <inheritdoc/>
    public override string Name => "acpi-timer";

    /// <inheritdoc/>
    public override ulong Hertz => 3_579_545;

    /// <inheritdoc/>
    public override uint Mask => 0xFF_FFFF;

    /// <inheritdoc/>
    public override uint Read()
        => register.Space == AcpiRegisterSpace.Port
            ? Ports.Read32((ushort)register.Address)
            : Volatile.Read(ref *(uint*)register.Address);
}
