using System;
using System.Collections.Generic;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Vmx;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>
/// VMX without a guest: fields are in a dictionary for each control structure, and a test says what each run ends with.
/// </summary>
internal sealed unsafe class FakeVmx : VmxInstructions
{
    private readonly Dictionary<ulong, Dictionary<uint, ulong>> _structures = [];
    private ulong _current;

    /// <summary>
    /// The endings of the next runs; the last one is that of all that follow. Each answers as <see cref="Run"/> does.
    /// </summary>
    public Queue<Func<uint>> Endings { get; } = new();

    /// <summary>The event that each run delivered.</summary>
    public List<ulong> Delivered { get; } = [];

    /// <summary>Whether each run was a VMRESUME.</summary>
    public List<bool> Resumed { get; } = [];

    /// <summary>Fields that the processor lacks.</summary>
    public HashSet<uint> Missing { get; } = [];

    /// <summary>The fields of the current control structure.</summary>
    public Dictionary<uint, ulong> Fields => _structures[_current];

    /// <summary>What looks at the context of a run.</summary>
    public delegate void Watcher(GuestContext* context);

    /// <summary>Sees the context of each run.</summary>
    public Watcher? Runs { get; set; }

    public override ulong ExitAddress => 0x5000;

    public override uint Run(GuestContext* context, bool isLaunched)
    {
        Runs?.Invoke(context);
        Delivered.Add(Fields[VmcsField.EntryInterruption]);
        Resumed.Add(isLaunched);
        Fields[VmcsField.VectoringInformation] = 0;
        return (Endings.Count > 1 ? Endings.Dequeue() : Endings.Peek())();
    }

    public override bool TryOn(ulong region) => true;

    public override bool TryClear(ulong region)
    {
        _structures.TryAdd(region, []);
        return true;
    }

    public override bool TryLoad(ulong region)
    {
        _current = region;
        return true;
    }

    public override bool TryRead(uint field, out ulong value)
    {
        value = Fields.GetValueOrDefault(field);
        return !Missing.Contains(field);
    }

    public override bool TryWrite(uint field, ulong value)
    {
        Fields[field] = value;
        return !Missing.Contains(field);
    }

    public override bool TryInvalidateEpt(ulong type, ulong eptPointer) => true;

    public override bool TryInvalidateVpid(ulong type, ulong vpid) => true;

    /// <summary>A run that ends with an exit.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="fields">What the structure then says besides.</param>
    public void EndsWith(VmxExitReason reason, params (uint Field, ulong Value)[] fields) => Endings.Enqueue(() =>
    {
        Fields[VmcsField.ExitReason] = (ulong)reason;
        Fields[VmcsField.ExitQualification] = 0;
        foreach ((uint field, ulong value) in fields)
        {
            Fields[field] = value;
        }

        return Exited;
    });
}
