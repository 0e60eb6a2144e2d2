using System.Collections.Generic;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The modules of a launch: those that the boot loader listed, and those that the tree located by address.</summary>
internal sealed class ModuleTable
{
    private readonly List<ModuleDraft> _modules = new();
    private readonly PlanInput _input;

    internal ModuleTable(PlanInput input)
    {
        _input = input;
        Listed = input.Boot.Modules.Length;
        for (int i = 0; i < Listed; i++)
        {
            _modules.Add(new ModuleDraft(input.Boot.Modules[i], isListed: true));
        }
    }

    /// <summary>How many modules the boot loader listed: the first of these.</summary>
    internal int Listed { get; }

    /// <summary>How many modules there are.</summary>
    internal int Count => _modules.Count;

    /// <summary>One of them, from 0.</summary>
    internal ModuleDraft this[int index] => _modules[index];

    /// <summary>Every module with what is known of its use now.</summary>
    internal ModuleUse[] ToUses()
    {
        ModuleUse[] uses = new ModuleUse[_modules.Count];
        for (int i = 0; i < uses.Length; i++)
        {
            uses[i] = _modules[i].ToUse();
        }

        return uses;
    }

    /// <summary>Finds the module that a node names by index; null, which is reported, when there is none.</summary>
    internal ModuleDraft? ByIndex(NodeReader reader, string property, uint index)
    {
        if (index == 0)
        {
            reader.Report(ProblemRule.ModuleIndexZero, property, "0, the Launch Control Module itself", LimitText());
            return null;
        }

        if (index < (uint)Listed)
        {
            return _modules[(int)index];
        }

        if (_input.IsOnlyTree && index <= short.MaxValue)
        {
            return Unseen((int)index);
        }

        reader.Report(ProblemRule.ModuleIndexBeyondLast, property, NumberText.Decimal(index), LimitText());
        return null;
    }

    /// <summary>Finds or adds the module at an address; null, which is reported, when there can be none.</summary>
    internal ModuleDraft? ByRange(NodeReader reader, string property, MemoryRange range)
    {
        if (range.IsEmpty)
        {
            reader.Report(ProblemRule.ModuleEmpty, property, "a size of 0", "a module of at least one byte");
            return null;
        }

        for (int i = 0; i < _modules.Count; i++)
        {
            MemoryRange taken = _modules[i].Module.Range;
            bool isSame = taken.Start == range.Start && taken.Length == range.Length;
            if (isSame && _modules[i].Kind != ModuleKind.LaunchControlModule)
            {
                return _modules[i];
            }

            if (taken.Overlaps(range))
            {
                reader.Report(
                    ProblemRule.ModuleOverlap, property,
                    RangeText(range) + ", which overlaps module " + NumberText.Decimal((ulong)i) + " at " + RangeText(taken),
                    "memory of its own");
                return null;
            }
        }

        if (!IsInRam(range))
        {
            reader.Report(ProblemRule.ModuleOutsideRam, property, RangeText(range), "a range within the machine's RAM");
            return null;
        }

        for (int i = 0; i < _input.Reserved.Length; i++)
        {
            if (_input.Reserved[i].Overlaps(range))
            {
                reader.Report(
                    ProblemRule.ModuleOverlap, property,
                    RangeText(range) + ", which overlaps the hypervisor at " + RangeText(_input.Reserved[i]),
                    "memory of its own");
                return null;
            }
        }

        ModuleDraft located = new(new BootModule(_modules.Count, range, ""), isListed: false);
        _modules.Add(located);
        return located;
    }

    /// <summary>
    /// Makes the boot module that stands for one that nobody has shown yet: the tree is read without its modules.
    /// </summary>
    private ModuleDraft Unseen(int position)
    {
        for (int i = Listed; i < _modules.Count; i++)
        {
            if (_modules[i].Module.Index == position)
            {
                return _modules[i];
            }
        }

        ModuleDraft module = new(new BootModule(position, MemoryRange.FromLength(0, 0), ""), isListed: true);
        _modules.Add(module);
        return module;
    }

    private bool IsInRam(MemoryRange range)
    {
        if (!_input.IsMemoryKnown)
        {
            return true;
        }

        MemoryMapEntry[] map = _input.Boot.MemoryMap;
        for (int i = 0; i < map.Length; i++)
        {
            MemoryMapEntry entry = map[i];
            if (entry.Kind == MemoryKind.Usable && entry.Range.Contains(range))
            {
                return true;
            }
        }

        return false;
    }

    private string LimitText()
    {
        if (_input.IsOnlyTree)
        {
            return "1 or more";
        }

        return Listed <= 1 ? "nothing: there are no modules after the first" : "1 to " + NumberText.Decimal((ulong)(Listed - 1));
    }

    private static string RangeText(MemoryRange range) => NumberText.Hex(range.Start) + "-" + NumberText.Hex(range.End);
}
