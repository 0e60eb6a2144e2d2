using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// Registers of a guest processor that SVM switches and VMX does not: the MSRs of SYSCALL and SWAPGS, and DR6. The hypervisor
/// uses none of them, so they stay in the CPU like the rest of <see cref="ResidentState"/>, which says when they come and go.
/// </summary>
internal sealed unsafe class ResidentRegisters
{
    /// <summary>Bytes of memory that they take.</summary>
    public const int MemorySize = 2 * Count * sizeof(ulong);

    private const int Count = 6;
    private const int DebugStatus = 5;

    private static readonly uint[] s_msrs = [Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Sfmask, Msr.KernelGsBase];

    private readonly VirtualizationHost _host;
    private readonly ulong* _saved;
    private readonly ulong* _afterReset;

    /// <summary>Makes the registers of one guest processor, as after a reset.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="memory">Zeroed memory of <see cref="MemorySize"/> bytes.</param>
    public ResidentRegisters(VirtualizationHost host, byte* memory)
    {
        _host = host;
        _saved = (ulong*)memory;
        _afterReset = _saved + Count;
        Reset();
    }

    /// <summary>Where the registers are at the moment.</summary>
    internal enum Place
    {
        /// <summary>In memory.</summary>
        Saved,

        /// <summary>In this CPU.</summary>
        Cpu,

        /// <summary>In memory, and to be taken at the next entry after a reset.</summary>
        AfterReset,
    }

    /// <summary>The number of an MSR here; -1 for one that is not among them.</summary>
    public static int IndexOf(uint msr)
    {
        for (int i = 0; i < s_msrs.Length; i++)
        {
            if (s_msrs[i] == msr)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The number of DR6 here.</summary>
    public static int IndexOfDebugStatus => DebugStatus;

    /// <summary>Reads one.</summary>
    /// <param name="index">0 to 5, from <see cref="IndexOf"/> or <see cref="IndexOfDebugStatus"/>; sound because of that.</param>
    /// <param name="place">Where they are.</param>
    public ulong Get(int index, Place place) => place switch
    {
        Place.Cpu => Read(index),
        Place.Saved => _saved[index],
        _ => _afterReset[index],
    };

    /// <summary>Writes one. The caller has seen that the processor takes the value.</summary>
    public void Set(int index, Place place, ulong value)
    {
        switch (place)
        {
            case Place.Cpu:
                Write(index, value);
                break;
            case Place.Saved:
                _saved[index] = value;
                break;
            default:
                _afterReset[index] = value;
                break;
        }
    }

    /// <summary>Prepares the values after power-on.</summary>
    public void Reset()
    {
        for (int i = 0; i < Count; i++)
        {
            _afterReset[i] = 0;
        }

        _afterReset[DebugStatus] = PowerOnState.Dr6;
    }

    /// <summary>Makes the values after a reset the ones to load.</summary>
    public void TakeReset()
    {
        for (int i = 0; i < Count; i++)
        {
            _saved[i] = _afterReset[i];
        }
    }

    /// <summary>Takes them out of this CPU.</summary>
    public void Save()
    {
        for (int i = 0; i < Count; i++)
        {
            _saved[i] = Read(i);
        }
    }

    /// <summary>Brings them into this CPU.</summary>
    public void Restore()
    {
        for (int i = 0; i < Count; i++)
        {
            Write(i, _saved[i]);
        }
    }

    private ulong Read(int index)
        => index == DebugStatus ? _host.DebugStatus : _host.ReadMsr(s_msrs[index]);

    private void Write(int index, ulong value)
    {
        if (index == DebugStatus)
        {
            _host.DebugStatus = value;
        }
        else
        {
            _host.WriteMsr(s_msrs[index], value);
        }
    }
}
