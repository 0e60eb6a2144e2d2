using System;
using System.Collections.Generic;
using System.Threading;
using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Interrupts;

/// <summary>
/// The machine's I/O APICs (Intel 82093AA data sheet): no device's interrupt is wanted, and firmware may have left some on.
/// </summary>
internal static unsafe class IoApics
{
    private const uint RegistersSize = 0x20;

    // Two registers in memory reach the others: the number goes to the first, the value is at the second.
    private const int SelectOffset = 0x00;
    private const int WindowOffset = 0x10;
    private const uint VersionRegister = 0x01;
    private const uint FirstEntry = 0x10;
    private const uint RegistersPerEntry = 2;
    private const int LastEntryShift = 16;
    private const uint LastEntryMask = 0xFF;
    private const uint MostEntries = 240;
    private const uint Masked = 1 << 16;

    /// <summary>Masks every input of every one, wherever it is: servers have them outside of the PC's usual range.</summary>
    /// <param name="ioApics">What firmware tells of them.</param>
    /// <param name="map">The machine's memory map.</param>
    public static void MaskAll(IReadOnlyList<IoApicDescription> ioApics, ReadOnlySpan<MemoryMapEntry> map)
    {
        for (int i = 0; i < ioApics.Count; i++)
        {
            if (DeviceRegisters.CanLieAt(MemoryRange.FromLength(ioApics[i].Address, RegistersSize), map))
            {
                MaskAll(ioApics[i].Address);
            }
        }
    }

    // Sound: everything below 4 GiB is mapped, and the caller has seen that no memory is there.
    private static void MaskAll(ulong address)
    {
        byte* registers = (byte*)address;
        uint entries = ((Read(registers, VersionRegister) >> LastEntryShift) & LastEntryMask) + 1;
        for (uint entry = 0; entry < entries && entry < MostEntries; entry++)
        {
            Write(registers, FirstEntry + (entry * RegistersPerEntry), Masked);
        }
    }

    private static uint Read(byte* registers, uint register)
    {
        Volatile.Write(ref *(uint*)(registers + SelectOffset), register);
        return Volatile.Read(ref *(uint*)(registers + WindowOffset));
    }

    private static void Write(byte* registers, uint register, uint value)
    {
        Volatile.Write(ref *(uint*)(registers + SelectOffset), register);
        Volatile.Write(ref *(uint*)(registers + WindowOffset), value);
    }
}
