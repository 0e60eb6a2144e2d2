namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What event channels tell the processors of a domain.</summary>
internal interface IUpcalls
{
    /// <summary>
    /// An event has been sent to a processor: it takes it before it goes on. Any CPU may say so, without any gate.
    /// </summary>
    void Look(int processor);

    /// <summary>The guest has something for a service of the hypervisor's. The domain's gate is held.</summary>
    void Serve(XenService service);

    /// <summary>A processor's vcpu_info says from now on that something is pending. The domain's gate is held.</summary>
    void Upcall(int processor);
}
