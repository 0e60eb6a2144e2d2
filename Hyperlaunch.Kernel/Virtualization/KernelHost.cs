using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Kernel.Cpus;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Kernel.Virtualization;

/// <summary>The machine that this kernel runs on, for the virtualization extensions.</summary>
internal sealed unsafe class KernelHost : VirtualizationHost
{
    [ThreadStatic]
    private static HostCpu? t_current;

    /// <summary>Takes the machine's processor.</summary>
    public KernelHost(IHostProcessor processor)
    {
        Processor = processor;
    }

    /// <inheritdoc/>
    public override IHostProcessor Processor { get; }

    /// <inheritdoc/>
    public override HostCpu? CurrentCpu
    {
        get => t_current;
        set => t_current = value;
    }

    /// <inheritdoc/>
    public override ulong Cr0
    {
        get => Instructions.Processor.ReadCr0();
        set => Instructions.Processor.WriteCr0(value);
    }

    /// <inheritdoc/>
    public override ulong Cr3 => Instructions.Processor.ReadCr3();

    /// <inheritdoc/>
    public override ulong Cr4
    {
        get => Instructions.Processor.ReadCr4();
        set => Instructions.Processor.WriteCr4(value);
    }

    /// <inheritdoc/>
    public override ulong Xcr0
    {
        get => ExtendedStateInstructions.ReadControl();
        set => ExtendedStateInstructions.WriteControl(value);
    }

    /// <inheritdoc/>
    public override ulong DebugStatus
    {
        get => ExtendedStateInstructions.ReadDebugStatus();
        set => ExtendedStateInstructions.WriteDebugStatus(value);
    }

    /// <inheritdoc/>
    public override ulong TimeStamp => Instructions.Processor.ReadTimeStamp();

    /// <inheritdoc/>
    public override ulong TimeStampKilohertz => PhysicalCpu.Current!.TimeStampKilohertz;

    /// <inheritdoc/>
    public override ulong TimerTimeStamp => PhysicalCpu.Current!.TimerTimeStamp;

    /// <inheritdoc/>
    public override ulong ReadMsr(uint register) => Instructions.Processor.ReadMsr(register);

    /// <inheritdoc/>
    public override void WriteMsr(uint register, ulong value) => Instructions.Processor.WriteMsr(register, value);

    /// <inheritdoc/>
    public override void SaveExtended(byte* image, ulong components) => ExtendedStateInstructions.Save(image, components);

    /// <inheritdoc/>
    public override void RestoreExtended(byte* image, ulong components) => ExtendedStateInstructions.Restore(image, components);

    /// <inheritdoc/>
    public override void SaveLegacy(byte* image) => ExtendedStateInstructions.SaveLegacy(image);

    /// <inheritdoc/>
    public override void RestoreLegacy(byte* image) => ExtendedStateInstructions.RestoreLegacy(image);

    /// <inheritdoc/>
    public override void ReadDebugAddresses(ulong* four) => ExtendedStateInstructions.ReadDebugAddresses(four);

    /// <inheritdoc/>
    public override void WriteDebugAddresses(ulong* four) => ExtendedStateInstructions.WriteDebugAddresses(four);

    /// <inheritdoc/>
    public override byte* AllocatePages(int count) => HostPages.Allocate(count);

    /// <inheritdoc/>
    public override void Describe(out HostTables tables) => tables = new HostTables
    {
        Code = CpuArea.CodeSegment,
        Data = CpuArea.DataSegment,
        Task = CpuArea.TaskSegment,
        TaskBase = CpuArea.TaskStateAddress,
        DescriptorTable = CpuArea.DescriptorTable,
        InterruptTable = InterruptTable.Pointer.Base,
    };

    /// <inheritdoc/>
    public override void InterruptSelf() => PhysicalCpu.Current!.InterruptSelf();

    /// <inheritdoc/>
    public override void TakeNmi() => HostTakeNmi();

    /// <inheritdoc/>
    [DoesNotReturn]
    public override void Fail(ReadOnlySpan<byte> what) => Panic.Stop(what);

    /// <inheritdoc/>
    [DoesNotReturn]
    public override void Fail(ReadOnlySpan<byte> what, ulong number) => Panic.Stop(what, number);

    // INT 2.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "HostTakeNmi")]
    private static extern void HostTakeNmi();
}
