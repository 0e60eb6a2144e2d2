using System.Collections.Generic;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Machine.X86;

/// <summary>Registers that a test gives values; all others are missing. Writes are kept, and noted in order.</summary>
internal sealed class FakeModelRegisters : IModelRegisters
{
    private readonly Dictionary<uint, ulong> _values = [];

    public List<(uint Register, ulong Value)> Writes { get; } = [];

    public ulong this[uint register]
    {
        get => _values[register];
        set => _values[register] = value;
    }

    public bool TryRead(uint register, out ulong value) => _values.TryGetValue(register, out value);

    public bool TryWrite(uint register, ulong value)
    {
        if (!_values.ContainsKey(register))
        {
            return false;
        }

        _values[register] = value;
        Writes.Add((register, value));
        return true;
    }
}
