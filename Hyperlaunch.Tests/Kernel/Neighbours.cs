using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The domains that prove that others do them no harm (<c>Guests/neighbour.S</c>): each computes a checksum, looks after its
/// registers, says what it found, and ends.
/// </summary>
internal static class Neighbours
{
    public const int Count = 2;
    public const int AttackerMebibytes = 8;

    private const int Mebibytes = 16;

    /// <summary>What a neighbour computes.</summary>
    private static uint Sum { get; } = ComputeSum();

    /// <summary>How much longer a neighbour takes where all that run are equal and the others never end.</summary>
    public static double ShareAmong(int others) => (double)(Count + others) / Count;

    /// <summary>Launches the neighbours and after them the attackers, a domain each.</summary>
    public static EmulatedMachine StartAmong(
        IReadOnlyList<(string Name, BootFile File)> attackers, int processors, bool isDeterministic = false,
        string? bochsModel = null)
    {
        string domains = string.Concat(
            Enumerable.Range(1, Count).Select(id => Lcm.Domain($"neighbour{id}", id, Mebibytes, 1)))
            + string.Concat(attackers.Select((attacker, i)
                => Lcm.Domain(attacker.Name, Count + 1 + i, AttackerMebibytes, 2 + i)));
        return EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(domains), new(RepositoryFiles.Guest("neighbour")), .. attackers.Select(one => one.File)],
            Emulator = bochsModel is null ? Emulator.Qemu : Emulator.Bochs,
            Processor = bochsModel,
            BootPath = BootPath.Direct,
            Processors = processors,
            IsDeterministic = isDeterministic,
            Limit = TimeSpan.FromMinutes(5),
        });
    }

    /// <summary>How long the last of the neighbours takes, in milliseconds of counted instructions.</summary>
    public static double Milliseconds(IReadOnlyList<(string Name, BootFile File)> attackers)
    {
        using EmulatedMachine machine = StartAmong(attackers, 1, isDeterministic: true);
        double began = machine.WaitForEvent("launch-final").Milliseconds;
        return Enumerable.Range(1, Count).Max(id => Check(machine, id)) - began;
    }

    /// <summary>Waits for a neighbour's end, and checks what it found.</summary>
    /// <returns>Its end, in milliseconds.</returns>
    public static double Check(EmulatedMachine machine, int id)
    {
        string domid = $"{id}";
        ConsoleEvent end = machine.WaitForEvent("domain-stopped", ("domid", domid), ("reason", "reboot"));
        Assert.Equal("0", machine.WaitForEvent("exits", ("domid", domid))["allocations"]);
        Assert.Contains($"guest: sum={Sum:x8} changes=0guest: done", machine.TextOf(id), StringComparison.Ordinal);
        return end.Milliseconds;
    }

    private static uint ComputeSum()
    {
        const int rounds = 24;
        uint[] block = new uint[1 << 18];
        uint seed = 1;
        uint sum = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < block.Length; i++)
            {
                seed = (seed * 1664525) + 1013904223;
                block[i] = seed;
            }

            foreach (uint word in block)
            {
                sum = uint.RotateLeft(sum, 5) + word;
            }
        }

        return sum;
    }
}
