namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>Xen's hypercalls that exist here, by their numbers (Xen public/xen.h); any other is answered with -ENOSYS.</summary>
internal sealed class HypercallTable
{
    /// <summary>Numbers end here: so many slots has the hypercall page.</summary>
    public const int Count = 64;

    private readonly Hypercall?[] _calls = new Hypercall?[Count];

    /// <summary>Makes the table.</summary>
    public HypercallTable()
    {
        _calls[12] = new MemoryCall();
        _calls[15] = new TimerCall();
        _calls[17] = new VersionCall();
        _calls[20] = new GrantCall();
        _calls[24] = new VcpuCall();
        _calls[29] = new SchedulerCall();
        _calls[32] = new EventChannelCall();
        _calls[34] = new HvmCall();
    }

    /// <summary>The hypercall with a number; null when there is none.</summary>
    public Hypercall? Find(ulong number) => number < Count ? _calls[number] : null;
}
