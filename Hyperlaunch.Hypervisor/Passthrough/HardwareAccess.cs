using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The machine's devices in the hands of the one domain that has the hardware role: its ports, its PCI configuration space, the
/// memory of its devices and their interrupts, less what the hypervisor keeps. There is no IOMMU: a device that the domain drives
/// reaches all of the machine's memory, so the domain is trusted with it.
/// </summary>
internal sealed class HardwareAccess : IHostDevices
{
    // What the nested tables of device memory may take: 16 MiB, for 4 TiB of it. What does not fit is refused.
    private const ulong MaximumTables = 4096;

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

    /// <summary>
    /// How many claims of devices were refused: they lie in the machine's memory, or at what the hypervisor keeps.
    /// </summary>
    public int RefusedClaims { get; private set; }

    /// <summary>
    /// Gives the devices to the domain to whose platform they are attached, and which is being built, its platform and its
    /// memory's tables in the state after their reset. Before any of them may write, all of the domain's memory is cleared and
    /// mapped: what they write is then the domain's to read, and is scrubbed at the end like everything else. On the boot CPU.
    /// </summary>
    /// <returns>False when some of the domain's memory cannot be reached; then it has been given nothing.</returns>
    public bool TryStart(VirtualMachine machine)
    {
        StopBusMasters();
        if (!machine.Memory.TryPopulateAll())
        {
            return false;
        }

        _machine = machine;
        _configuration.Reset();
        MapDevices(machine.Memory.Tables!);
        _lines.Open(machine.Platform.IoApic);
        return true;
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
    /// Takes the devices back from a domain that has ended: after this none of them reads or writes memory by itself, nor
    /// interrupts. On the boot CPU, before the domain's memory is used for anything else.
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

    /// <summary>How many nested tables it takes at most to map the memory of all devices that the domain may have.</summary>
    public ulong TablesNeeded
    {
        get
        {
            ulong tables = 0;
            for (int i = 0; i < _topology.Functions.Count; i++)
            {
                PciFunction function = _topology.Functions[i];
                for (int bar = 0; bar < function.Bars.Length; bar++)
                {
                    MemoryRange range = ClaimsMemory(function, bar) ? RangeOf(function.Bars[bar]) : default;
                    tables = IsFree(range) ? SafeSize.Add(tables, PageTable.TablesFor(range)) : tables;
                }
            }

            return Math.Min(tables, MaximumTables);
        }
    }

    private void MapDevices(PageTable tables)
    {
        MappedBytes = 0;
        RefusedClaims = 0;
        for (int i = 0; i < _topology.Functions.Count; i++)
        {
            PciFunction function = _topology.Functions[i];
            for (int bar = 0; bar < function.Bars.Length; bar++)
            {
                if (ClaimsMemory(function, bar))
                {
                    Map(tables, RangeOf(function.Bars[bar]));
                }
            }
        }
    }

    private static bool ClaimsMemory(PciFunction function, int bar)
        => function.Bars[bar].Size != 0 && !function.Bars[bar].IsPorts && !function.IsDisplay;

    private static MemoryRange RangeOf(PciBar bar)
        => MemoryRange.FromEnd(
            SafeSize.AlignDown(bar.Address, PageSizes.Page),
            SafeSize.AlignUp(SafeSize.Add(bar.Address, bar.Size), PageSizes.Page));

    // No claim may lie in the machine's memory, nor at what the hypervisor keeps.
    private bool IsFree(MemoryRange range)
    {
        bool isFree = range.Start >= MemoryLayout.ExtendedStart && !_allocator.IsMemory(range);
        ReadOnlySpan<MemoryRange> kept = _hardware.KeptMemory;
        for (int i = 0; i < kept.Length; i++)
        {
            isFree &= !kept[i].Overlaps(range);
        }

        return isFree;
    }

    private void Map(PageTable tables, MemoryRange range)
    {
        // One to one, and never from the allocator: nothing of it can come back to it when the domain ends. By large pages, from
        // which not every processor may execute.
        PageRights rights = (tables.ExecutesSmallPagesOnly ? PageRights.Write : PageRights.All) | PageRights.Uncached;
        if (IsFree(range) && tables.TryMap(range.Start, range.Start, range.Length, rights))
        {
            MappedBytes += range.Length;
        }
        else
        {
            RefusedClaims++;
        }
    }
}
