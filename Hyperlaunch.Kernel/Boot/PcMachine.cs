using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Cpus;
using Hyperlaunch.Kernel.Devices;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Kernel.Power;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Kernel.Time;
using Hyperlaunch.Kernel.Virtualization;
using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Kernel.Boot;

/// <summary>The PC that the kernel runs on.</summary>
internal sealed class PcMachine : IMachine
{
    private readonly HostProcessor _processor = new();
    private readonly HostLocalApic _apic;
    private readonly Clock _clock;
    private readonly PhysicalCpu _bootCpu;
    private readonly PowerControl _power;
    private IHostVirtualization? _virtualization;
    private SecondaryCpus? _secondaryCpus;

    /// <summary>Finds out what the machine is made of, and sets its timers up. On the boot CPU, with memory mapped.</summary>
    /// <param name="rootPointer">Where the boot loader found ACPI's root pointer; 0 when it did not.</param>
    /// <param name="console">The console.</param>
    public PcMachine(ulong rootPointer, IConsoleDevice console)
    {
        Console = console;
        FirmwareTables? tables = FirmwareTables.Find(HostMemory.Instance, rootPointer);
        FixedHardware hardware = new(tables);
        _power = new PowerControl(hardware, HostMemory.Instance);
        _apic = new HostLocalApic(_processor);
        _apic.EnableCpu();
        Topology = new InterruptTopology(tables, _apic.Id);
        IoApics.MaskAll(Topology.IoApics);
        ushort timer = hardware.Timer.Space == AcpiRegisterSpace.Port ? (ushort)hardware.Timer.Address : (ushort)0;
        if (!new TimerCalibration(_processor, _apic, timer).TryMeasure(out TimerRates rates))
        {
            Panic.Stop("neither the ACPI timer nor the 8254 runs, so that this machine has no time"u8);
        }

        Rates = rates;
        _clock = new Clock(in rates, GetEntryTimeStamp(), HostRealTimeClock.ReadUnixSeconds(hardware.CenturyIndex));
        _bootCpu = new PhysicalCpu(_apic, _clock);
        Hardware = new PcHardware(_apic, hardware, Topology);
    }

    /// <summary>The CPUs and I/O APICs.</summary>
    public InterruptTopology Topology { get; }

    /// <summary>How fast the counters run.</summary>
    public TimerRates Rates { get; }

    /// <inheritdoc/>
    public IClock Clock => _clock;

    /// <inheritdoc/>
    public IPhysicalMemory Memory => HostMemory.Instance;

    /// <inheritdoc/>
    public IConsoleDevice Console { get; }

    /// <inheritdoc/>
    public IHostProcessor Processor => _processor;

    /// <inheritdoc/>
    public IPhysicalCpu BootCpu => _bootCpu;

    /// <inheritdoc/>
    public int CpuCount => Topology.ApicIds.Count;

    /// <inheritdoc/>
    public uint ApicIdOf(int index) => Topology.ApicIds[index];

    /// <inheritdoc/>
    public IMachineHardware? Hardware { get; }

    /// <inheritdoc/>
    public ulong HeapAllocations => Heap.AllocationCount;

    /// <inheritdoc/>
    public bool TryEnableVirtualization(out IVirtualization? virtualization, out string problem)
    {
        problem = "";
        _virtualization ??= HostVirtualization.Create(new KernelHost(_processor), new KernelSvm(), new KernelVmx(), out problem);
        virtualization = _virtualization;
        return virtualization is not null;
    }

    /// <inheritdoc/>
    public bool TryStartCpu(int index, ICpuProgram program)
    {
        if (_virtualization is null)
        {
            return false;
        }

        _secondaryCpus ??= new SecondaryCpus(_apic, _clock, _virtualization);
        return _secondaryCpus.TryStart(Topology.ApicIds[index], index, program);
    }

    /// <summary>Does with the machine what the hypervisor decided.</summary>
    public void End(EndAction? action)
    {
        if (action == EndAction.Reboot)
        {
            Restart();
        }

        PowerOff();
    }

    /// <summary>Turns the machine off; returns only when it has no way to.</summary>
    public void PowerOff()
    {
        SerialPort.Flush();
        _power.PowerOff();
    }

    private void Restart()
    {
        SerialPort.Flush();
        _power.Reset();
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetEntryTimeStamp")]
    private static extern ulong GetEntryTimeStamp();
}
