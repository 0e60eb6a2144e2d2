using System;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>The numbers that a domain and the hypervisor tell each other (Xen public/hvm/params.h).</summary>
internal sealed class HvmParameters
{
    /// <summary>HVM_PARAM_CALLBACK_IRQ: how the guest is told of events. The only one that it sets.</summary>
    public const uint CallbackIrq = 0;

    /// <summary>HVM_PARAM_STORE_PFN: the frame of the store's ring.</summary>
    public const uint StoreFrame = 1;

    /// <summary>HVM_PARAM_STORE_EVTCHN: the port of the store's ring.</summary>
    public const uint StorePort = 2;

    /// <summary>HVM_PARAM_CONSOLE_PFN: the frame of the console's ring.</summary>
    public const uint ConsoleFrame = 17;

    /// <summary>HVM_PARAM_CONSOLE_EVTCHN: the port of the console's ring.</summary>
    public const uint ConsolePort = 18;

    /// <summary>HVM_NR_PARAMS.</summary>
    public const int Count = 39;

    private readonly ulong[] _values = new ulong[Count];

    /// <summary>One of them, by its number below <see cref="Count"/>.</summary>
    public ulong this[uint index]
    {
        get => _values[index];
        set => _values[index] = value;
    }

    /// <summary>The domain is built anew.</summary>
    public void Reset() => Array.Clear(_values, 0, Count);
}
