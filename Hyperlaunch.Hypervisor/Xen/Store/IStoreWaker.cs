namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>Brings a domain to take what waits for it in the store.</summary>
internal interface IStoreWaker
{
    /// <summary>Something waits. Any CPU may say so; the store's gate is held, and perhaps another domain's.</summary>
    void Wake();
}
