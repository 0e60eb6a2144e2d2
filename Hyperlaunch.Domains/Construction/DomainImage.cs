using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Images;
using Hyperlaunch.Platform.Acpi;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Everything that a domain starts with. It refers to the modules' bytes; the builder copies them.</summary>
public readonly ref struct DomainImage
{
    /// <summary>Makes the description.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="ramdisk">The initial ramdisk; empty when there is none.</param>
    /// <param name="commandLine">The kernel's command line.</param>
    /// <param name="processorCount">How many vCPUs the ACPI tables describe.</param>
    /// <param name="flags">What a PVH kernel is told about its rights.</param>
    /// <param name="material">What a boot domain finds in its initramfs; none for any other.</param>
    /// <param name="devices">AML that describes devices beyond those of every domain; empty for none.</param>
    /// <param name="clock">Where the guest is to look for the time of day.</param>
    public DomainImage(
        KernelImage kernel, ReadOnlySpan<byte> ramdisk, string commandLine, int processorCount, StartFlags flags,
        BootMaterial material = default, ReadOnlySpan<byte> devices = default,
        WallClockSource clock = WallClockSource.Device)
    {
        Clock = clock;
        Devices = devices;
        Kernel = kernel;
        Ramdisk = ramdisk;
        CommandLine = commandLine;
        ProcessorCount = processorCount;
        Flags = flags;
        Material = material;
    }

    /// <summary>The kernel.</summary>
    public KernelImage Kernel { get; }

    /// <summary>The initial ramdisk; empty when there is none.</summary>
    public ReadOnlySpan<byte> Ramdisk { get; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; }

    /// <summary>How many vCPUs there are.</summary>
    public int ProcessorCount { get; }

    /// <summary>AML that describes devices beyond those of every domain.</summary>
    public ReadOnlySpan<byte> Devices { get; }

    /// <summary>Where the guest is to look for the time of day.</summary>
    public WallClockSource Clock { get; }

    /// <summary>What a PVH kernel is told about its rights.</summary>
    public StartFlags Flags { get; }

    /// <summary>What a boot domain finds in its initramfs, as an archive behind <see cref="Ramdisk"/>.</summary>
    public BootMaterial Material { get; }

    /// <summary>Bytes from the start of the ramdisk to that archive.</summary>
    internal ulong ArchiveOffset => SafeSize.AlignUp((ulong)Ramdisk.Length, BootArchive.Alignment);

    /// <summary>Bytes of the ramdisk with the archive; 0 when there is neither.</summary>
    internal ulong RamdiskSize => Material.FileCount == 0
        ? (ulong)Ramdisk.Length
        : SafeSize.Add(ArchiveOffset, BootArchive.SizeOf(Material));
}
