using System;

namespace Hyperlaunch.Tests.Platform.Devices;

/// <summary>The registers of a local APIC by name, for rows of theories.</summary>
internal static class ApicRegister
{
    /// <summary>
    /// A register's offset in the page (Intel SDM volume 3, table 11-1); of those with several words the first one's.
    /// </summary>
    public static int Offset(string name) => name switch
    {
        "ID" => 0x020,
        "version" => 0x030,
        "task priority" => 0x080,
        "arbitration priority" => 0x090,
        "processor priority" => 0x0A0,
        "end of interrupt" => 0x0B0,
        "remote read" => 0x0C0,
        "logical destination" => 0x0D0,
        "destination format" => 0x0E0,
        "spurious interrupt" => 0x0F0,
        "in service" => 0x100,
        "level-triggered" => 0x180,
        "requested" => 0x200,
        "error status" => 0x280,
        "command" => 0x300,
        "command, upper half" => 0x310,
        "timer" => 0x320,
        "thermal sensor" => 0x330,
        "performance counters" => 0x340,
        "LINT0" => 0x350,
        "LINT1" => 0x360,
        "error" => 0x370,
        "initial count" => 0x380,
        "current count" => 0x390,
        "divide" => 0x3E0,
        "self interrupt" => 0x3F0,
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>A register's MSR in x2APIC mode.</summary>
    public static uint Msr(string name) => 0x800 + ((uint)Offset(name) >> 4);
}
