using System;
using System.Collections.Generic;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>What a test boots.</summary>
internal sealed class MachineOptions
{
    /// <summary>The boot modules in their order, the Launch Control Module first when there is one.</summary>
    public IReadOnlyList<BootFile> Modules { get; init; } = [];

    /// <summary>An ISO to boot as it is, in place of <see cref="Modules"/>.</summary>
    public string? Iso { get; init; }

    /// <summary>The hypervisor.</summary>
    public string Kernel { get; init; } = RepositoryFiles.Kernel;

    /// <summary>The hypervisor's command line.</summary>
    public string CommandLine { get; init; } = "";

    public Emulator Emulator { get; init; }

    /// <summary>
    /// The command line, and that the machine goes off when no domain is left, also after a failure, unless the test says
    /// otherwise: a person would want the console then.
    /// </summary>
    public string CommandLineWithEnd
        => CommandLine.Contains("end=", StringComparison.Ordinal) ? CommandLine : $"{CommandLine} end=poweroff".Trim();

    public BootPath BootPath { get; init; }

    /// <summary>May be more than the host has, as long as the machine does not use it.</summary>
    public int MemoryMebibytes { get; init; } = 1024;

    public int Processors { get; init; } = 1;

    /// <summary>
    /// Runs its CPUs at the same time, each in a thread of QEMU's, and not in turns. About once in a hundred boots of a Linux
    /// with two processors QEMU 7.2 then saves the host's state as the guest's (docs/svm.md), which is why domains are tested in
    /// turns.
    /// </summary>
    public bool IsParallel { get; init; }

    /// <summary>The emulator's processor model, when it is not QEMU's common one.</summary>
    public string? Processor { get; init; }

    /// <summary>QEMU's kind of machine, when it is not the common one.</summary>
    public string? Kind { get; init; }

    /// <summary>More devices, as QEMU's arguments.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Counts instructions in place of time, so that two runs are the same; about three times slower.</summary>
    public bool IsDeterministic { get; init; }

    /// <summary>
    /// How long the emulator may compute, on one of the host's processors, and how long its console may be silent. Machines that
    /// hang are slow tests, never endless ones.
    /// </summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(120);
}
