using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// One CPU of the machine as SVM sees it: where its own state waits while a guest runs, and which translations its TLB holds.
/// </summary>
/// <remarks>
/// TLB discipline (AMD APM vol 2, 15.16). A CPU tags each cached translation, guest and nested in one, with the ASID of the
/// control block it ran with. A guest processor may only be run with an ASID under which this CPU's TLB holds nothing but
/// what this guest processor put there since its nested tables last lost an entry. So each CPU hands out its ASIDs in order and
/// never hands one out twice in the same generation; when they are used up it starts a new generation with a flush of all of
/// them. A guest processor takes a fresh ASID when it comes from another CPU (what it left here earlier may be stale, what it
/// left there is never used again), when the generation has changed, and when <c>InvalidateTranslations</c> was called. Two
/// guest processors never share one, even of the same domain: their own page tables differ. QEMU flushes on every entry and
/// would hide a mistake here.
/// </remarks>
internal sealed unsafe class SvmCpu : HostCpu
{
    private const uint FirstAddressSpace = 1;

    private readonly uint _addressSpaces;
    private uint _nextAddressSpace = FirstAddressSpace;
    private ulong _generation = 1;
    private bool _flushPending = true;

    private SvmCpu(uint addressSpaces, byte* hostBlock, SpeculationPolicy speculation)
        : base(speculation)
    {
        _addressSpaces = addressSpaces;
        HostBlock = (ulong)hostBlock;
    }

    /// <summary>Physical address of the block with this CPU's own FS, GS, TR, LDTR and system-call registers.</summary>
    public ulong HostBlock { get; }

    /// <summary>Which round of address spaces is in use; those of another are worthless.</summary>
    public ulong Generation => _generation;

    /// <summary>The next entry must flush the TLB of all address spaces.</summary>
    public bool IsFlushPending => _flushPending;

    /// <summary>Enables SVM on this CPU. Its FS base, task register and GDT must be final.</summary>
    /// <returns>False when memory is lacking.</returns>
    public static bool Enable(
        VirtualizationHost host, SvmInstructions instructions, SvmCapabilities capabilities, ExtendedStateFormat format)
    {
        byte* hostSaveArea = host.AllocatePages(1);
        byte* hostBlock = host.AllocatePages(1);
        if (hostSaveArea is null || hostBlock is null)
        {
            return false;
        }

        SvmCapabilities.EnableCpu(host);
        SpeculationPolicy speculation = SpeculationControl.EnableCpu(host);
        host.WriteMsr(Msr.SvmHostSaveArea, (ulong)hostSaveArea);
        instructions.Save((ulong)hostBlock);
        ResidentState.EnableCpu(host, format);
        host.CurrentCpu = new SvmCpu(capabilities.AddressSpaces, hostBlock, speculation);
        return true;
    }

    /// <summary>Hands out an address space under which this CPU's TLB will hold nothing.</summary>
    public uint TakeAddressSpace()
    {
        if (_nextAddressSpace >= _addressSpaces)
        {
            _nextAddressSpace = FirstAddressSpace;
            _generation++;
            _flushPending = true;
        }

        return _nextAddressSpace++;
    }

    /// <summary>An entry with the flush succeeded. A refused entry need not have flushed anything.</summary>
    public void Flushed() => _flushPending = false;
}
