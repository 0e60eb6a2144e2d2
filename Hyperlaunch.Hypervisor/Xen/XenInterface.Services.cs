using System.Threading;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Xen;

/// <content>What the hypervisor itself does for the domain: by a page each, a port, and parameters that name both.</content>
internal sealed partial class XenInterface
{
    // Where Xen's own builder puts them (tools/libs/guest/xg_dom_x86.c): in the hole for devices, among the special pages.
    private const ulong ConsoleFrame = 0xF_EFFC;
    private const ulong StoreFrame = 0xF_EFFF;

    /// <inheritdoc/>
    bool IConsoleRing.HasOutput => _console!.HasOutput;

    /// <inheritdoc/>
    void IConsoleRing.Drain() => _console!.Drain();

    /// <inheritdoc/>
    bool IConsoleRing.TryReceive(byte value)
    {
        bool taken = _console!.TryPut(value);
        Channels.RaiseService((uint)Parameters[HvmParameters.ConsolePort], XenService.Console);
        return taken;
    }

    /// <inheritdoc/>
    void IUpcalls.Serve(XenService service)
    {
        if (service == XenService.Console)
        {
            _console!.Drain();
        }
        else
        {
            ServeStore();
        }
    }

    /// <inheritdoc/>
    void IStoreWaker.Wake()
    {
        // A full barrier: the processor that is told finds it.
        Interlocked.Exchange(ref _storeWaits, 1);
        ((IUpcalls)this).Look(0);
    }

    private void ServeStore()
    {
        Interlocked.Exchange(ref _storeWaits, 0);
        if (_store!.Serve(out bool isMore))
        {
            Channels.RaiseService((uint)Parameters[HvmParameters.StorePort], XenService.Store);
        }

        if (isMore)
        {
            ((IStoreWaker)this).Wake();
        }
    }

    private unsafe StoreConnection MakeStoreConnection(GuestMemory memory, StoreSession session)
        => new(_host.Store, session, memory.SharedPage(SharedPageIndex.Store));

    private unsafe ConsoleRing MakeConsole(GuestMemory memory) => new(memory.SharedPage(SharedPageIndex.Console), _sink);

    private void OfferServices()
    {
        _console!.Reset();
        Parameters[HvmParameters.ConsolePort] = Channels.BindService(XenService.Console);
        Parameters[HvmParameters.ConsoleFrame] = ConsoleFrame;
        Pages.TryShow(Machine, SharedPageIndex.Console, ConsoleFrame);
        _store!.Reset();
        _host.Store.Gate.Enter();
        _host.Store.Introduce(_store.Session);
        _host.Store.Gate.Exit();
        Parameters[HvmParameters.StorePort] = Channels.BindService(XenService.Store);
        Parameters[HvmParameters.StoreFrame] = StoreFrame;
        Pages.TryShow(Machine, SharedPageIndex.Store, StoreFrame);
    }
}
