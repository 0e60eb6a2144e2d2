using System.Collections.Generic;
using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The modules of a launch: those that the boot loader listed, and those that the tree located by address.</summary>
internal sealed class ModuleTable
{
    private readonly List<BootModule> _modules = new();
    private readonly PlanInput _input;
    private readonly int _listed;

    internal ModuleTable(PlanInput input)
    {
        _input = input;
        _listed = input.Modules.Length;
        for (int index = 0; index < input.Modules.Length; index++)
        {
            _modules.Add(input.Modules[index]);
        }
    }

    /// <summary>How many modules the boot loader listed.</summary>
    internal int Listed => _listed;

    internal BootModule[] ToArray() => _modules.ToArray();

    /// <summary>Finds the module that a node names by index; null, which is reported, when there is none.</summary>
    internal BootModule? ByIndex(NodeReader reader, string property, uint index)
    {
        if (index == 0)
        {
            reader.Fault(
                ProblemRule.ModuleIndexZero, property, "0, the Launch Control Module itself", LimitText(),
                "Count the modules of the boot loader's entry from 0; the configuration is the first.");
            return null;
        }

        if (index < (uint)_listed)
        {
            return _modules[(int)index];
        }

        if (_input.OnlyTree && index <= short.MaxValue)
        {
            return Unseen((int)index);
        }

        reader.Fault(
            ProblemRule.ModuleIndexBeyondLast, property, PlanText.Decimal(index), LimitText(),
            "Load the module in the boot loader's entry, or correct the index.");
        return null;
    }

    /// <summary>Finds or adds the module at an address; null, which is reported, when there can be none.</summary>
    internal BootModule? ByRange(NodeReader reader, string property, MemoryRange range)
    {
        if (range.IsEmpty)
        {
            reader.Fault(
                ProblemRule.ModuleEmpty, property, "a size of 0", "a module of at least one byte", "Correct the size.");
            return null;
        }

        for (int index = 0; index < _modules.Count; index++)
        {
            BootModule module = _modules[index];
            bool isSame = module.Range.Start == range.Start && module.Range.Length == range.Length;
            if (isSame && module.Kind != ModuleKind.LaunchControlModule)
            {
                return module;
            }

            if (module.Range.Overlaps(range))
            {
                reader.Fault(
                    ProblemRule.ModuleOverlap, property, RangeText(range) + ", which overlaps module " + PlanText.Decimal((ulong)index)
                    + " at " + RangeText(module.Range), "memory of its own", "Correct the address or the size.");
                return null;
            }
        }

        if (!IsInRam(range))
        {
            reader.Fault(
                ProblemRule.ModuleOutsideRam, property, RangeText(range), "a range within the machine's RAM",
                "Correct the address; the cells are read with the parent's #address-cells and #size-cells.");
            return null;
        }

        for (int index = 0; index < _input.Reserved.Length; index++)
        {
            if (_input.Reserved[index].Overlaps(range))
            {
                reader.Fault(
                    ProblemRule.ModuleOverlap, property, RangeText(range) + ", which overlaps the hypervisor at "
                    + RangeText(_input.Reserved[index]), "memory of its own", "Correct the address or the size.");
                return null;
            }
        }

        BootModule located = new(_modules.Count, range, "");
        _modules.Add(located);
        return located;
    }

    /// <summary>Makes the boot module that stands for one that nobody has shown yet: the tree is read without its modules.</summary>
    private BootModule Unseen(int position)
    {
        for (int index = _listed; index < _modules.Count; index++)
        {
            if (_modules[index].Index == position)
            {
                return _modules[index];
            }
        }

        BootModule module = new(position, MemoryRange.FromLength(0, 0), "");
        _modules.Add(module);
        return module;
    }

    private bool IsInRam(MemoryRange range)
    {
        if (_input.MemoryMap == null)
        {
            return true;
        }

        for (int index = 0; index < _input.MemoryMap.Length; index++)
        {
            MemoryMapEntry entry = _input.MemoryMap[index];
            if (entry.Kind == MemoryKind.Usable && entry.Range.Contains(range))
            {
                return true;
            }
        }

        return false;
    }

    private string LimitText()
    {
        if (_input.OnlyTree)
        {
            return "1 or more";
        }

        return _listed <= 1 ? "nothing: there are no modules after the first" : "1 to " + PlanText.Decimal((ulong)(_listed - 1));
    }

    private static string RangeText(MemoryRange range) => PlanText.Hex(range.Start) + "-" + PlanText.Hex(range.End);
}
