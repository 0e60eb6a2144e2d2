using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>
/// The floors: every room, from the bottom to the top, and the rooms that it may use. A folder of a project is a room; a new
/// arrow is a decision, made here and shown in docs/architecture.md.
/// </summary>
internal static class FloorTable
{
    // A room; below it, by project, the rooms that it may use. A dot is the project's own room.
    private const string Text = """
        Dtb
        Machine/Concurrency
        Machine/Digests
        Machine/Memory
        Machine/Firmware
            Machine: Memory
        Machine/Paging
            Machine: Memory
        Machine/Text
        Machine/Time
        Machine/X86
        Modules/Boot
            Machine: Memory Text
        Modules/Images
            Machine: Memory
        Platform/Acpi
        Platform/Devices
        Platform/Interrupts
            Machine: Time
            Platform: Devices
        Platform/Serial
            Machine: Time
            Platform: Devices
        Platform/Timers
            Machine: Time
            Platform: Devices
        Platform/Power
            Machine: Time
            Platform: Devices Timers
        Platform/Board
            Machine: Time
            Platform: Devices Interrupts Power Serial Timers
        Domains/Construction
            Machine: Memory Paging Text X86
            Modules: Boot Images
            Platform: Acpi
        Domains/Plan
            Dtb: .
            Machine: Memory Text
            Modules: Boot Images
            Platform: Acpi
            Domains: Construction
        Hypervisor/Console
            Machine: Concurrency Text Time
            Platform: Serial
        Hypervisor/Execution
            Machine: Concurrency Memory Paging Time X86
            Platform: Board Devices Interrupts Power Serial Timers
            Domains: Construction
        Hypervisor/Control
            Platform: Serial
            Domains: Plan
            Hypervisor: Console Execution
        Hypervisor/Passthrough
            Machine: Concurrency Memory Paging
            Platform: Board Devices Interrupts
            Domains: Construction
            Hypervisor: Execution
        Hypervisor/Xen/Store
            Machine: Concurrency
        Hypervisor/Xen
            Machine: Concurrency Memory Paging Time X86
            Platform: Board Devices Interrupts Serial Timers
            Domains: Construction
            Hypervisor: Execution Xen/Store
        Hypervisor/Launch
            Machine: Concurrency Memory Paging Time X86
            Modules: Boot Images
            Platform: Acpi Board Devices Serial
            Domains: Construction Plan
            Hypervisor: Console Control Execution Passthrough Xen Xen/Store
        Hypervisor/Commands
            Machine: Concurrency Memory Text
            Modules: Boot
            Domains: Construction Plan
            Hypervisor: Console Control Execution Launch Xen/Store
        Hypervisor
            Machine: Digests Memory Time
            Modules: Boot
            Domains: Plan
            Hypervisor: Commands Console Control Execution Launch
        Virtualization/Hosting
            Machine: X86
            Hypervisor: Execution
        Virtualization/Guests
            Machine: X86
            Hypervisor: Execution
            Virtualization: Hosting
        Virtualization/Svm
            Machine: Paging X86
            Platform: Devices
            Hypervisor: Execution
            Virtualization: Guests Hosting
        Virtualization/Vmx
            Machine: Paging X86
            Platform: Devices
            Hypervisor: Execution
            Virtualization: Guests Hosting
        Virtualization
            Machine: X86
            Virtualization: Hosting Svm Vmx
        Kernel/Instructions
            Machine: X86
        Kernel/Consoles
            Modules: Boot
            Hypervisor: Console
            Kernel: Instructions Memory Runtime
        Kernel/Faults
            Machine: Text X86
            Kernel: Consoles Instructions Interrupts Runtime
        Kernel/Interrupts
            Machine: Firmware Memory X86
            Kernel: Faults Instructions Runtime
        Kernel/Devices
            Machine: Firmware Memory
            Platform: Board Devices
            Hypervisor: Passthrough
            Kernel: Instructions Interrupts
        Kernel/Memory
            Machine: Memory Paging
            Kernel: Faults Instructions Runtime
        Kernel/Power
            Machine: Firmware Memory
            Kernel: Instructions
        Kernel/Runtime
            Machine: Text
            Kernel: Consoles Faults Instructions Interrupts
        Kernel/Time
            Machine: Firmware Time X86
            Kernel: Instructions Interrupts
        Kernel/Cpus
            Machine: Text X86
            Hypervisor: Execution
            Virtualization: Hosting
            Kernel: Faults Instructions Interrupts Memory Runtime Time
        Kernel/Virtualization
            Machine: X86
            Virtualization: Guests Hosting Svm Vmx
            Kernel: Cpus Faults Instructions Interrupts Memory Runtime
        Kernel/Boot
            Machine: Firmware Memory Time X86
            Modules: Boot
            Domains: Plan
            Hypervisor: . Console Execution Launch Passthrough
            Virtualization: . Hosting Svm Vmx
            Kernel: Consoles Cpus Devices Faults Interrupts Memory Power Runtime Time Virtualization
        Tool
        Tool/Configuration
            Dtb: .
            Machine: Memory
            Modules: Boot
            Domains: Plan
            Tool: .
        Tool/Reporting
            Machine: Memory
            Modules: Boot
            Domains: Construction Plan
            Tool: Configuration
        Tool/Writing
            Machine: Memory
            Modules: Boot
            Domains: Plan
            Tool: . Configuration Reporting
        Tool/Commands
            Domains: Plan
            Tool: . Configuration Reporting Writing
        """;

    /// <summary>
    /// The one knot: a panic unwinds, prints and stops the other CPUs, and what it uses for that can panic. No other pair uses
    /// each other.
    /// </summary>
    private static readonly string[] Knot
        = ["Kernel/Consoles", "Kernel/Faults", "Kernel/Interrupts", "Kernel/Memory", "Kernel/Runtime"];

    /// <summary>The rooms, from the bottom to the top.</summary>
    public static IReadOnlyList<Room> Rooms { get; } = Read();

    /// <summary>Whether both rooms belong to the knot.</summary>
    public static bool IsKnot(string one, string other) => Knot.Contains(one) && Knot.Contains(other);

    /// <summary>The arrows that the table does not allow.</summary>
    public static IEnumerable<RoomArrow> Forbidden(IEnumerable<RoomArrow> arrows)
    {
        Dictionary<string, Room> rooms = Rooms.ToDictionary(room => room.Name);
        return arrows.Where(arrow => !rooms.TryGetValue(arrow.From, out Room? room) || !room.Uses.Contains(arrow.To));
    }

    /// <summary>The table as docs/architecture.md shows it.</summary>
    public static string Markdown()
    {
        StringBuilder text = new("| room | may use |\n|---|---|\n");
        foreach (Room room in Rooms)
        {
            IEnumerable<string> uses = room.Uses.GroupBy(
                ProjectOf).Select(group => group.Key + " (" + string.Join(", ", group.Select(RoomOf)) + ")");
            text.Append("| ").Append(room.Name).Append(
                " | ").Append(string.Join(", ", uses).Replace(" (.)", "", StringComparison.Ordinal)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string ProjectOf(string room) => room.Split('/')[0];

    private static string RoomOf(string room)
        => room.Contains('/', StringComparison.Ordinal) ? room[(room.IndexOf('/', StringComparison.Ordinal) + 1)..] : ".";

    private static List<Room> Read()
    {
        List<Room> rooms = [];
        List<string> uses = [];
        foreach (string line in Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith(' '))
            {
                uses = [];
                rooms.Add(new Room(line, uses));
                continue;
            }

            string[] parts = line.Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            uses.AddRange(parts.Skip(1).Select(room => room == "." ? parts[0] : parts[0] + "/" + room));
        }

        return rooms;
    }
}
