using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>A machine in memory: a test sees what was done to it, and says which CPU executes.</summary>
internal sealed unsafe class FakeVirtualizationHost : VirtualizationHost, IDisposable
{
    private readonly List<nint> _pages = [];
    private readonly ulong[] _debugAddresses = new ulong[4];

    public FakeVirtualizationHost(IHostProcessor? processor = null)
    {
        Processor = processor ?? new FakeHostProcessor();
    }

    /// <summary>Those that may be read; a test that reads another one fails.</summary>
    public Dictionary<uint, ulong> Msrs { get; } = [];

    /// <summary>Each switch of extended state: <c>save</c> or <c>restore</c>, and what XCR0 was.</summary>
    public List<string> Switches { get; } = [];

    /// <summary>How many pages may still be given out.</summary>
    public int PagesLeft { get; set; } = int.MaxValue;

    public int SelfInterrupts { get; private set; }

    public int TakenNmis { get; private set; }

    public override IHostProcessor Processor { get; }

    public override HostCpu? CurrentCpu { get; set; }

    public override ulong Cr0 { get; set; } = 0xE001_0033;

    public override ulong Cr3 => 0x1234_5000;

    public override ulong Cr4 { get; set; } = 0x20;

    public override ulong Xcr0 { get; set; }

    public override ulong DebugStatus { get; set; }

    public override ulong TimeStamp => Now;

    public override ulong TimeStampKilohertz => 1_000_000;

    public override ulong TimerTimeStamp => TimerEnd;

    public ulong Now { get; set; } = 1000;

    public ulong TimerEnd { get; set; } = ulong.MaxValue;

    public override ulong ReadMsr(uint register) => Msrs[register];

    public override void WriteMsr(uint register, ulong value) => Msrs[register] = value;

    public override void SaveExtended(byte* image, ulong components) => Switches.Add("save");

    public override void RestoreExtended(byte* image, ulong components) => Switches.Add("restore");

    public override void SaveLegacy(byte* image) => Switches.Add("save legacy");

    public override void RestoreLegacy(byte* image) => Switches.Add("restore legacy");

    public override void ReadDebugAddresses(ulong* four) => _debugAddresses.CopyTo(new Span<ulong>(four, 4));

    public override void WriteDebugAddresses(ulong* four) => new Span<ulong>(four, 4).CopyTo(_debugAddresses);

    public override byte* AllocatePages(int count)
    {
        if (count > PagesLeft)
        {
            return null;
        }

        PagesLeft -= count;
        nuint size = (nuint)count * PageSize;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(size, PageSize);
        NativeMemory.Clear(memory, size);
        _pages.Add((nint)memory);
        return memory;
    }

    public override void Describe(out HostTables tables) => tables = new HostTables
    {
        Code = 0x08,
        Data = 0x10,
        Task = 0x18,
        TaskBase = 0x7000,
        DescriptorTable = 0x8000,
        InterruptTable = 0x9000,
    };

    public override void InterruptSelf() => SelfInterrupts++;

    public override void TakeNmi() => TakenNmis++;

    [DoesNotReturn]
    public override void Fail(ReadOnlySpan<byte> what) => throw new HostFailedException(Encoding.ASCII.GetString(what));

    [DoesNotReturn]
    public override void Fail(ReadOnlySpan<byte> what, ulong number)
        => throw new HostFailedException($"{Encoding.ASCII.GetString(what)} 0x{number:x}");

    public void Dispose()
    {
        foreach (nint page in _pages)
        {
            NativeMemory.AlignedFree((void*)page);
        }
    }
}
