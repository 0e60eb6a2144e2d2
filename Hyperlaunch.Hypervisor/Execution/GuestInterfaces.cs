using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>The guest interfaces of one domain: who answers what.</summary>
internal sealed class GuestInterfaces
{
    // The first of the leaves of CPUID that no processor has (AMD APM volume 3, appendix E.3.9), and how they are told.
    private const uint FirstLeaf = 0x4000_0000;
    private const uint LeafMask = 0xFFFF_0000;

    // Guests look for an interface at each multiple of 0x100 leaves.
    private const int BlockShift = 8;
    private const uint BlockMask = (1 << BlockShift) - 1;

    private readonly IGuestInterface[] _interfaces;
    private readonly IInterruptSource? _source;
    private readonly IConsoleRing? _console;

    /// <summary>Makes the list. The place of an interface in it decides where its CPUID leaves are: no two can meet.</summary>
    public GuestInterfaces(IGuestInterface[] interfaces)
    {
        _interfaces = interfaces;
        for (int i = interfaces.Length - 1; i >= 0; i--)
        {
            _source = interfaces[i] as IInterruptSource ?? _source;
            _console = interfaces[i] as IConsoleRing ?? _console;
        }
    }

    /// <summary>The first interface with interrupts of its own; null when there is none.</summary>
    public IInterruptSource? Source => _source;

    /// <summary>The first interface with a console; null when there is none.</summary>
    public IConsoleRing? Console => _console;

    /// <summary>Whether the guest still uses one of them.</summary>
    public bool IsInUse
    {
        get
        {
            bool isInUse = false;
            for (int i = 0; i < _interfaces.Length; i++)
            {
                isInUse |= _interfaces[i].IsInUse;
            }

            return isInUse;
        }
    }

    /// <summary>Puts all of them into the state after power-on.</summary>
    public void Reset()
    {
        for (int i = 0; i < _interfaces.Length; i++)
        {
            _interfaces[i].Reset();
        }
    }

    /// <summary>Whether a leaf of CPUID is one that only interfaces answer.</summary>
    public static bool IsLeaf(uint leaf) => (leaf & LeafMask) == FirstLeaf;

    /// <summary>Answers CPUID where one of them has a block of leaves.</summary>
    /// <returns>False, and all zeros, when the leaf is nobody's.</returns>
    public bool TryCpuid(VirtualCpu cpu, uint leaf, uint subleaf, out CpuidResult result)
    {
        uint distance = leaf - FirstLeaf;
        uint index = distance >> BlockShift;
        result = default;
        return index < (uint)_interfaces.Length
            && _interfaces[index].TryCpuid(cpu, FirstLeaf + (index << BlockShift), distance & BlockMask, subleaf, out result);
    }

    /// <summary>Reads an MSR of the first that knows it.</summary>
    public bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value)
    {
        value = 0;
        for (int i = 0; i < _interfaces.Length; i++)
        {
            if (_interfaces[i].TryReadMsr(cpu, index, out value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes an MSR of the first that takes it.</summary>
    public bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value)
    {
        for (int i = 0; i < _interfaces.Length; i++)
        {
            if (_interfaces[i].TryWriteMsr(cpu, index, value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Lets an interface that knows a hypercall answer it. The last is asked first: numbers mean something else to each, and of
    /// several that it knows a guest uses the one with the highest leaves (Linux arch/x86/kernel/cpu/hypervisor.c).
    /// </summary>
    public bool TryHypercall(VirtualCpu cpu)
    {
        for (int i = _interfaces.Length - 1; i >= 0; i--)
        {
            if (_interfaces[i].TryHypercall(cpu))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A processor set its time-stamp counter.</summary>
    public void OnTimeStampSet(VirtualCpu cpu)
    {
        for (int i = 0; i < _interfaces.Length; i++)
        {
            _interfaces[i].OnTimeStampSet(cpu);
        }
    }
}
