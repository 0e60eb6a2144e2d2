using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Tool.Configuration;

/// <summary>
/// A configuration as files on a desk: a tree alone, a tree with its modules, or a menu entry. It makes of them what the boot
/// loader would, and has the plan read that the hypervisor would read.
/// </summary>
internal sealed class LaunchConfiguration : IModuleBytes
{
    private const ulong MiB = 1 << 20;

    /// <summary>Where GRUB puts modules, and what the hypervisor takes before them: an estimate, on the safe side.</summary>
    private const ulong FirstModule = 64 * MiB;

    private const ulong LowMemoryEnd = 3 * PageSizes.Gigabyte;
    private const ulong HighMemoryStart = PageSizes.FourGigabytes;

    private readonly List<byte[]> _bytes = [];
    private readonly MenuEntry? _menu;

    private LaunchConfiguration(string file, MenuEntry? menu, TreeSource? tree, List<ModuleFile> modules)
    {
        File = file;
        _menu = menu;
        Tree = tree;
        Modules = modules;
    }

    /// <summary>The file that was given.</summary>
    public string File { get; }

    /// <summary>The tree; null for a menu entry that starts a kernel without one.</summary>
    public TreeSource? Tree { get; }

    /// <summary>The modules, the tree's file first when there is one.</summary>
    public List<ModuleFile> Modules { get; }

    /// <summary>The hypervisor's command line.</summary>
    public string CommandLine { get; private set; } = "";

    /// <summary>The plan.</summary>
    public LaunchPlan Plan { get; private set; } = null!;

    /// <summary>Every problem, with its place: what dtc says, files that are missing, and what the plan says.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>Whether the tree could be compiled, so that there is a plan.</summary>
    public bool IsRead => Tree is null || Tree.Blob.Length > 0;

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="ToolException">A file cannot be read, or a program is missing.</exception>
    public static LaunchConfiguration Read(string file, TargetMachine machine)
    {
        // A kernel that is started without a tree may bring its command line: FILE=STRING, as the other modules.
        ModuleFile first = System.IO.File.Exists(file)
            ? new ModuleFile(file, "", SourceSpan.Whole(file)) : ModuleFile.Parse(file);
        if (!first.Exists)
        {
            throw new ToolException($"There is no file {file}.");
        }

        bool isMenu = Path.GetExtension(first.Path) is not (".dts" or ".dtb")
            && MenuEntry.IsIn(System.IO.File.ReadAllText(first.Path));
        MenuEntry? menu = isMenu ? MenuEntry.Read(file, machine.Entry, machine.Root) : null;
        List<ModuleFile> modules = menu?.Modules ?? [first];
        modules.AddRange(machine.Modules.Select(ModuleFile.Parse));
        bool hasTree = modules.Count > 0 && modules[0].Exists && IsTree(modules[0].Path);
        LaunchConfiguration configuration = new(file, menu, hasTree ? TreeSource.Read(modules[0].Path) : null, modules)
        {
            CommandLine = machine.CommandLine ?? menu?.CommandLine ?? "",
        };
        configuration.MakePlan(machine);
        return configuration;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Get(BootModule module) => module.Index < _bytes.Count ? _bytes[module.Index] : default;

    private static bool IsTree(string path)
    {
        Span<byte> start = stackalloc byte[sizeof(uint)];
        using FileStream stream = System.IO.File.OpenRead(path);
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return Path.GetExtension(path) is ".dts" or ".dtb" || DeviceTree.HasMagic(start[..length]);
    }

    private void MakePlan(TargetMachine machine)
    {
        if (Tree is not null)
        {
            Findings.AddRange(Tree.Findings);
        }

        if (!IsRead)
        {
            return;
        }

        MemoryMapEntry[] map = machine.Memory == 0 ? [] : Map(machine.Memory);
        BootInfo boot = new(BootProtocol.Multiboot2, "", CommandLine, Load(), map, 0, null);
        Plan = LaunchPlanReader.Read(new PlanInput(
            boot, this, [MemoryRange.FromEnd(MiB, FirstModule)], machine.Processors,
            isMemoryKnown: machine.Memory != 0,
            isOnlyTree: Tree is not null && _menu is null && machine.Modules.Length == 0));
        foreach (PlanProblem problem in Plan.Problems)
        {
            Findings.Add(Finding.Of(problem, Place(problem)));
        }
    }

    /// <summary>Puts the modules into memory after each other, as the boot loader will.</summary>
    private BootModule[] Load()
    {
        List<BootModule> loaded = [];
        ulong next = FirstModule;
        foreach (ModuleFile module in Modules)
        {
            bool isTree = loaded.Count == 0 && Tree is not null;
            byte[] bytes = isTree ? Tree!.Blob : module.Exists ? System.IO.File.ReadAllBytes(module.Path) : [];
            bool isMissing = !isTree && !module.Exists;
            if (isMissing)
            {
                Findings.Add(new Finding(
                    ProblemSeverity.Warning, Finding.MissingFileRule, module.Place, "modules/" + loaded.Count, "",
                    "no file " + module.Path, "the module's file",
                        "It is not looked into; give the folder of the menu's files with --root."));
            }

            // A file that is not there has a size all the same, which keeps it from being taken for an empty module.
            ulong length = isMissing ? PageSizes.Page : (ulong)bytes.Length;
            loaded.Add(new BootModule(loaded.Count, MemoryRange.FromLength(next, length), module.Text));
            _bytes.Add(bytes);
            next += (length + PageSizes.PageMask) & ~PageSizes.PageMask;
        }

        return [.. loaded];
    }

    private static MemoryMapEntry[] Map(ulong memory)
    {
        List<MemoryMapEntry> map =
        [
            new(MemoryRange.FromEnd(0, 0x9F000), MemoryKind.Usable),
            new(MemoryRange.FromEnd(MiB, Math.Min(memory, LowMemoryEnd)), MemoryKind.Usable),
        ];
        if (memory > LowMemoryEnd)
        {
            map.Add(new(MemoryRange.FromLength(HighMemoryStart, memory - LowMemoryEnd), MemoryKind.Usable));
        }

        return [.. map];
    }

    private SourceSpan Place(PlanProblem problem)
    {
        if (problem.Path == HypervisorOptions.CommandLinePath)
        {
            return _menu?.CommandLinePlace ?? SourceSpan.Whole("--options");
        }

        const string ModulePath = "modules/";
        if (problem.Path.StartsWith(ModulePath, StringComparison.Ordinal)
            && int.TryParse(problem.Path.AsSpan(ModulePath.Length), out int index) && index < Modules.Count)
        {
            return Modules[index].Place;
        }

        return Tree?.Place(problem.Path, problem.Property) ?? SourceSpan.Whole(File);
    }
}
