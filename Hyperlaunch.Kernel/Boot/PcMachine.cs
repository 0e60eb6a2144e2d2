using System;
using System.Collections.Generic;
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
using Hyperlaunch.Modules.Boot;
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
    private readonly ProcessorSetup _setup;
    private readonly ulong _startPage;
    private readonly List<ReferenceTimer> _timers = [];
    private IHostVirtualization? _virtualization;
    private SecondaryCpus? _secondaryCpus;

    /// <summary>Finds out what the machine is made of, and sets its timers up. On the boot CPU, with memory mapped.</summary>
    /// <param name="boot">What the boot loader said.</param>
    /// <param name="console">The console.</param>
    /// <param name="setup">Has set the boot CPU up, and will the others.</param>
    public PcMachine(BootInfo boot, IConsoleDevice console, ProcessorSetup setup)
    {
        Console = console;
        _setup = setup;
        _startPage = FindStartPage(boot);
        FirmwareTables? tables = FirmwareTables.Find(new FirmwareMemory(), boot.RootPointerAddress);
        FixedHardware hardware = new(tables);
        _power = new PowerControl(hardware, HostMemory.Instance);
        _apic = new HostLocalApic(_processor);
        _apic.EnableCpu();
        _apic.SendInitToOthers();
        Topology = new InterruptTopology(tables, _apic.Id, _apic.HighestId);
        IoApics.MaskAll(Topology.IoApics, boot.MemoryMap);
        ulong eventTimer = EventTimer.FindAddress(tables);
        Calibration = new TimerCalibration(_processor, _apic, FindTimers(hardware, eventTimer, boot.MemoryMap));
        if (!Calibration.TryMeasure(out TimerRates rates))
        {
            Panic.Stop("no timer of this machine runs, and its processor tells no frequency, so that it has no time"u8);
        }

        Rates = rates;
        bool isInvariant = TimeStampCounter.IsInvariant(_processor);
        _clock = new Clock(in rates, GetEntryTimeStamp(), isInvariant, HostRealTimeClock.ReadUnixSeconds(hardware.CenturyIndex));
        _bootCpu = new PhysicalCpu(_apic, _clock);
        if (!isInvariant)
        {
            Notices.Add("The time-stamp counter may change its rate with the processor's: no guest is told that it is stable.");
        }

        Hardware = new PcHardware(_apic, hardware, Topology, eventTimer);
        FirmwareDevices.Stop(Hardware);
    }

    /// <summary>The CPUs and I/O APICs.</summary>
    public InterruptTopology Topology { get; }

    /// <summary>Compares the counters with the machine's timers.</summary>
    public TimerCalibration Calibration { get; }

    /// <summary>The machine's timers, the best first.</summary>
    public IReadOnlyList<ReferenceTimer> Timers => _timers;

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
    public void GrowHeap(MemoryRange region) => Heap.AddRegion(region.Start, region.Length);

    /// <inheritdoc/>
    public string? TakeNotice() => Notices.Take();

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

        _secondaryCpus ??= new SecondaryCpus(_apic, _clock, _virtualization, _setup, _startPage);
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

    private static ulong FindStartPage(BootInfo boot)
    {
        MemoryRange[] used = new MemoryRange[boot.Modules.Length + 1];
        for (int i = 0; i < boot.Modules.Length; i++)
        {
            used[i] = boot.Modules[i].Range;
        }

        used[boot.Modules.Length] = boot.InformationRange;
        return StartPage.Find(boot.MemoryMap, used);
    }

    // What can be reached of the timers that the tables tell of, and the 8254.
    private List<ReferenceTimer> FindTimers(FixedHardware hardware, ulong eventTimer, ReadOnlySpan<MemoryMapEntry> map)
    {
        bool isPort = hardware.Timer.Space == AcpiRegisterSpace.Port;
        if (isPort || (hardware.Timer.Exists && TryReach(hardware.Timer.Address, AcpiTimer.Size, map)))
        {
            _timers.Add(new AcpiTimer(hardware.Timer));
        }

        if (eventTimer != 0 && TryReach(eventTimer, EventTimer.RegistersSize, map))
        {
            HostEventTimer timer = new(eventTimer);
            timer.Silence();
            if (timer.Hertz != 0)
            {
                _timers.Add(timer);
            }
        }

        _timers.Add(new IntervalTimer());
        return _timers;
    }

    private static bool TryReach(ulong address, ulong length, ReadOnlySpan<MemoryMapEntry> map)
        => DeviceRegisters.CanLieAt(MemoryRange.FromLength(address, length), map) && HostMemory.TryMapDevice(address, length);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetEntryTimeStamp")]
    private static extern ulong GetEntryTimeStamp();
}
