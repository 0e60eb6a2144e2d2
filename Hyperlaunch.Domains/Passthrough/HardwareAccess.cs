using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Passthrough;

/// <summary>
/// The machine's devices in the hands of the one domain that has the hardware role: its ports, its PCI configuration space, the
/// memory of its devices and their interrupts, less what the hypervisor keeps. There is no IOMMU: a device that the domain drives
/// reaches all of the machine's memory, so the domain is trusted with it.
/// </summary>
public sealed class HardwareAccess : IHostDevices
{
    private readonly IMachineHardware _hardware;
    private readonly PageAllocator _allocator;
    private readonly PciTopology _topology;
    private readonly RealPorts _ports;
    private readonly RealLines _lines;
    private readonly PciConfigurationPorts _configuration;
    private readonly byte[] _description;
    private VirtualMachine? _machine;

    /// <summary>Finds the machine's devices. None of them may read or write memory by itself when this returns.</summary>
    /// <param name="hardware">The machine.</param>
    /// <param name="allocator">Knows the machine's memory, which no device may claim.</param>
    public HardwareAccess(IMachineHardware hardware, PageAllocator allocator)
    {
        _hardware = hardware;
        _allocator = allocator;
        _topology = new PciTopology(new PciPorts(hardware));
        _ports = new RealPorts(hardware);
        _lines = new RealLines(hardware);
        _configuration = new PciConfigurationPorts(_topology);
        byte[] description = new byte[PciRootAml.MaximumSize];
        _description = description.AsSpan(0, PciRootAml.Write(description, _topology, _lines)).ToArray();
    }

    /// <inheritdoc/>
    /// <remarks>The machine's PCI root bridge.</remarks>
    public ReadOnlySpan<byte> Description => _description;

    IPortDevice IHostDevices.Ports => _ports;

    IPortDevice IHostDevices.ConfigurationPorts => _configuration;

    IInterruptEnd IHostDevices.InterruptEnd => _lines;

    /// <summary>The functions of the machine, displays included, which are not passed.</summary>
    public PciTopology Topology => _topology;

    /// <summary>The lines whose interrupts are passed, a bit each.</summary>
    public uint Lines => _lines.Used;

    /// <summary>Bytes of device memory that the domain reaches.</summary>
    public ulong MappedBytes { get; private set; }

    /// <summary>How many claims of devices were refused: they lie in the machine's memory, or at what the hypervisor keeps.</summary>
    public int RefusedClaims { get; private set; }

    /// <summary>
    /// Gives the devices to the domain to whose platform they are attached, and which is being built, its platform and its
    /// memory's tables in the state after their reset. On the boot CPU.
    /// </summary>
    public void Start(VirtualMachine machine)
    {
        StopBusMasters();
        _machine = machine;
        _configuration.Reset();
        MapDevices(machine.Memory.Tables!);
        _lines.Open(machine.Platform.IoApic);
    }

    /// <summary>Passes interrupts on. On the boot CPU, between guests.</summary>
    public void Poll()
    {
        uint fired = _hardware.TakeInterrupts();
        if (fired != 0 && _machine is not null)
        {
            _machine.Gate.Enter();
            _lines.Raise(fired);
            _machine.Gate.Exit();
        }
    }

    /// <summary>
    /// Takes the devices back from a domain that has ended: after this none of them reads or writes memory by itself, nor interrupts.
    /// On the boot CPU, before the domain's memory is used for anything else.
    /// </summary>
    public void Withdraw()
    {
        _lines.Close();
        StopBusMasters();
        _machine = null;
    }

    private void StopBusMasters()
    {
        for (int i = 0; i < _topology.Functions.Count; i++)
        {
            if (!_topology.Functions[i].IsDisplay)
            {
                _topology.Functions[i].StopBusMaster();
            }
        }
    }

    private void MapDevices(NestedPageTable tables)
    {
        MappedBytes = 0;
        RefusedClaims = 0;
        for (int i = 0; i < _topology.Functions.Count; i++)
        {
            PciFunction function = _topology.Functions[i];
            for (int bar = 0; bar < function.Bars.Length; bar++)
            {
                if (function.Bars[bar].Size != 0 && !function.Bars[bar].IsPorts && !function.IsDisplay)
                {
                    Map(tables, function.Bars[bar]);
                }
            }
        }
    }

    private void Map(NestedPageTable tables, PciBar bar)
    {
        ulong start = SafeSize.AlignDown(bar.Address, PageSizes.Page);
        ulong end = SafeSize.AlignUp(SafeSize.Add(bar.Address, bar.Size), PageSizes.Page);
        MemoryRange range = MemoryRange.FromEnd(start, end);
        bool isFree = start >= MemoryLayout.ExtendedStart && !_allocator.IsMemory(range);
        ReadOnlySpan<MemoryRange> kept = _hardware.KeptMemory;
        for (int i = 0; i < kept.Length; i++)
        {
            isFree &= !kept[i].Overlaps(range);
        }

        // One to one, and never from the allocator: nothing of it can come back to it when the domain ends.
        if (isFree && tables.TryMap(start, start, range.Length, NestedPageAccess.Device))
        {
            MappedBytes += range.Length;
        }
        else
        {
            RefusedClaims++;
        }
    }
}
