using System;

namespace Hyperlaunch.Machine.X86;

/// <summary>
/// A CPU's memory type range registers, which firmware programs, the same on all CPUs (Intel SDM volume 3, sections 12.11.5 and
/// 12.11.8; AMD APM volume 2, section 7.7): where they differ, memory loses coherence.
/// </summary>
public sealed class MemoryTypeRanges
{
    private const uint FeatureRanges = 1u << 12;
    private const uint Capabilities = 0xFE;
    private const ulong CountMask = 0xFF;
    private const ulong HasFixed = 1 << 8;
    private const uint DefaultType = 0x2FF;
    private const uint FirstVariable = 0x200;

    private static readonly uint[] s_fixed =
    [
        0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F,
    ];

    private readonly uint[] _registers;
    private readonly ulong[] _values;

    /// <summary>Reads this CPU's.</summary>
    public MemoryTypeRanges(IHostProcessor processor, IModelRegisters registers)
    {
        _registers = [];
        _values = [];
        if ((processor.Cpuid(1, 0).Edx & FeatureRanges) == 0 || !registers.TryRead(Capabilities, out ulong capabilities))
        {
            return;
        }

        int variable = (int)(capabilities & CountMask) * 2;
        int constant = (capabilities & HasFixed) != 0 ? s_fixed.Length : 0;
        _registers = new uint[1 + constant + variable];
        _values = new ulong[_registers.Length];
        _registers[0] = DefaultType;
        s_fixed.AsSpan(0, constant).CopyTo(_registers.AsSpan(1));
        for (int i = 0; i < variable; i++)
        {
            _registers[1 + constant + i] = FirstVariable + (uint)i;
        }

        for (int i = 0; i < _registers.Length; i++)
        {
            registers.TryRead(_registers[i], out _values[i]);
        }
    }

    /// <summary>Compares another CPU's, which executes this, with these.</summary>
    /// <param name="registers">The other CPU's registers.</param>
    /// <returns>The first register that differs; 0 when none does.</returns>
    public uint FindDifference(IModelRegisters registers)
    {
        for (int i = 0; i < _registers.Length; i++)
        {
            if (!registers.TryRead(_registers[i], out ulong value) || value != _values[i])
            {
                return _registers[i];
            }
        }

        return 0;
    }
}
