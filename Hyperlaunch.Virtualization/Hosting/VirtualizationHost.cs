using System;
using System.Diagnostics.CodeAnalysis;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Hosting;

/// <summary>
/// The machine as the virtualization extensions need it: what a kernel implements to run guests. All of it concerns the CPU that
/// executes the call, in 64-bit mode with interrupts off.
/// </summary>
/// <remarks>
/// A class and no interface, with one implementation in a kernel: a compiler that sees the whole program calls it directly. A
/// kernel that is not in 64-bit mode itself enters it for the length of a call.
/// </remarks>
public abstract unsafe class VirtualizationHost
{
    /// <summary>Bytes of a page.</summary>
    public const int PageSize = 0x1000;

    /// <summary>CPUID.</summary>
    public abstract IHostProcessor Processor { get; }

    /// <summary>
    /// What the extension keeps of this CPU; null until it was enabled here. Stored by whoever enables it, for each CPU.
    /// </summary>
    public abstract HostCpu? CurrentCpu { get; set; }

    /// <summary>CR0.</summary>
    public abstract ulong Cr0 { get; set; }

    /// <summary>CR3.</summary>
    public abstract ulong Cr3 { get; }

    /// <summary>CR4.</summary>
    public abstract ulong Cr4 { get; set; }

    /// <summary>XCR0. Only where there is XSAVE; the processor faults on a value that it does not take.</summary>
    public abstract ulong Xcr0 { get; set; }

    /// <summary>DR6. The processor faults on a value whose upper half is not 0.</summary>
    public abstract ulong DebugStatus { get; set; }

    /// <summary>The time-stamp counter.</summary>
    public abstract ulong TimeStamp { get; }

    /// <summary>How far the time-stamp counter counts in a millisecond.</summary>
    public abstract ulong TimeStampKilohertz { get; }

    /// <summary>The time-stamp counter's value for which this CPU's timer was armed last; all ones when it is off.</summary>
    public abstract ulong TimerTimeStamp { get; }

    /// <summary>How many pages hold so many bytes.</summary>
    public static int PagesFor(int bytes) => (bytes + PageSize - 1) / PageSize;

    /// <summary>RDMSR. Faults when the processor lacks the register.</summary>
    public abstract ulong ReadMsr(uint register);

    /// <summary>WRMSR. Faults when the processor lacks the register or does not take the value.</summary>
    public abstract void WriteMsr(uint register, ulong value);

    /// <summary>XSAVE.</summary>
    /// <param name="image">Where to, at a multiple of 64.</param>
    /// <param name="components">Which parts.</param>
    public abstract void SaveExtended(byte* image, ulong components);

    /// <summary>FNINIT and XRSTOR.</summary>
    /// <param name="image">Where from, at a multiple of 64.</param>
    /// <param name="components">Which parts.</param>
    public abstract void RestoreExtended(byte* image, ulong components);

    /// <summary>FXSAVE, for processors without XSAVE.</summary>
    public abstract void SaveLegacy(byte* image);

    /// <summary>FNINIT and FXRSTOR, for processors without XSAVE.</summary>
    public abstract void RestoreLegacy(byte* image);

    /// <summary>Reads DR0 to DR3.</summary>
    /// <param name="four">Room for them.</param>
    public abstract void ReadDebugAddresses(ulong* four);

    /// <summary>Writes DR0 to DR3.</summary>
    /// <param name="four">The values.</param>
    public abstract void WriteDebugAddresses(ulong* four);

    /// <summary>
    /// Allocates zeroed pages, one after another, whose address is their physical address; null when memory is lacking. They are
    /// never given back.
    /// </summary>
    public abstract byte* AllocatePages(int count);

    /// <summary>Says which segments and tables this CPU uses.</summary>
    public abstract void Describe(out HostTables tables);

    /// <summary>Has an interrupt wait for this CPU: it ends the run of the guest that is entered next.</summary>
    public abstract void InterruptSelf();

    /// <summary>
    /// Has this CPU's own handler take an NMI that came while a guest ran, and ends the blocking of others (IRET).
    /// </summary>
    public abstract void TakeNmi();

    /// <summary>Ends everything: an invariant is broken, or the machine is.</summary>
    /// <param name="what">What happened, in ASCII, without a full stop.</param>
    [DoesNotReturn]
    public abstract void Fail(ReadOnlySpan<byte> what);

    /// <summary>Ends everything, like <see cref="Fail(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="what">What happened, in ASCII; <paramref name="number"/> follows in hexadecimal.</param>
    /// <param name="number">Which one.</param>
    [DoesNotReturn]
    public abstract void Fail(ReadOnlySpan<byte> what, ulong number);
}
