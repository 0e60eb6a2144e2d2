using System;
using System.Collections.Generic;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>A machine with modules in memory, as far as a launch plan sees it.</summary>
internal sealed class FakeMachine : IModuleBytes
{
    public const ulong MiB = 1 << 20;

    private readonly List<BootModule> _modules = [];
    private readonly List<byte[]> _bytes = [];
    private ulong _next = 16 * MiB;

    public ulong Memory { get; set; } = 2048 * MiB;

    public bool KnowsMemory { get; set; } = true;

    public bool OnlyTree { get; set; }

    public uint Processors { get; set; } = 2;

    public string CommandLine { get; set; } = "";

    public List<MemoryRange> Reserved { get; } = [];

    public BootModule Add(byte[] bytes, string text = "")
    {
        BootModule module = new(_modules.Count, MemoryRange.FromLength(_next, (ulong)bytes.Length), text);
        _modules.Add(module);
        _bytes.Add(bytes);
        _next += ((ulong)bytes.Length + 0xFFFF) & ~0xFFFFul;
        return module;
    }

    public BootModule AddAt(ulong address, byte[] bytes)
    {
        BootModule module = new(_modules.Count, MemoryRange.FromLength(address, (ulong)bytes.Length), "");
        _modules.Add(module);
        _bytes.Add(bytes);
        return module;
    }

    /// <summary>Overwrites the bytes of a module, as nobody may after the plan was made.</summary>
    public void Damage(BootModule module) => Array.Fill(_bytes[module.Index], (byte)0xFF);

    public LaunchPlan Plan()
    {
        BootInfo boot = new(BootProtocol.Multiboot2, "", CommandLine, _modules.ToArray(), KnowsMemory ? Map() : [], 0, null);
        return LaunchPlanReader.Read(new PlanInput(boot, this, Reserved.ToArray(), Processors, KnowsMemory, OnlyTree));
    }

    public ReadOnlySpan<byte> Get(BootModule module) => module.Index < _bytes.Count ? _bytes[module.Index] : default;

    private MemoryMapEntry[] Map() =>
    [
        new(MemoryRange.FromEnd(0, 0x9F000), MemoryKind.Usable),
        new(MemoryRange.FromEnd(0x9F000, MiB), MemoryKind.Reserved),
        new(MemoryRange.FromEnd(MiB, Memory), MemoryKind.Usable),
    ];
}
