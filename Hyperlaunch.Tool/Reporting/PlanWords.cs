using System;
using System.Globalization;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>The words for the plan's values.</summary>
internal static class PlanWords
{
    public static string Of(ModuleKind kind) => kind switch
    {
        ModuleKind.LaunchControlModule => "launch-control",
        ModuleKind.Kernel => "kernel",
        ModuleKind.Ramdisk => "ramdisk",
        ModuleKind.DeviceTree => "device-tree",
        ModuleKind.Microcode => "microcode",
        ModuleKind.SecurityPolicy => "xsm-policy",
        ModuleKind.Configuration => "config",
        _ => "unused",
    };

    public static string Of(CrashAction action) => action switch
    {
        CrashAction.Restart => "restart",
        CrashAction.Stop => "stop",
        _ => "recover",
    };

    public static string Of(BackendLossAction action) => action == BackendLossAction.Restart ? "restart" : "wait";

    /// <summary>A hardware address as it is usually written.</summary>
    public static string OfAddress(ulong address)
        => string.Join(':', OfBytes(address).Select(value => value.ToString("x2", null)));

    /// <summary>The six bytes of a hardware address.</summary>
    public static byte[] OfBytes(ulong address)
        => [.. Enumerable.Range(0, 6).Select(i => (byte)(address >> (40 - (8 * i))))];

    /// <summary>A guest interface.</summary>
    public static string Of(GuestInterfaceKind kind) => kind switch
    {
        GuestInterfaceKind.Xen => "xen",
        GuestInterfaceKind.None => "none",
        _ => "kvm",
    };

    public static string OfMode(DomainModes mode)
    {
        string requested = (mode & DomainModes.Paravirtualized) != 0 ? "PV asked for, launched as PVH"
            : (mode & DomainModes.DeviceModel) != 0 ? "a device model asked for, launched as PVH"
            : "PVH";
        return requested + ((mode & DomainModes.Long) != 0 ? ", 64 bit" : "");
    }

    public static string OfUuid(byte[] uuid)
        => uuid.Length == 0 ? "" : new Guid(uuid, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);

    public static string OfKib(ulong kib) => kib switch
    {
        0 => "0",
        _ when (kib & ((1 << 20) - 1)) == 0 => $"{kib >> 20} GiB",
        _ when (kib & ((1 << 10) - 1)) == 0 => $"{kib >> 10} MiB",
        _ => $"{kib} KiB",
    };
}
