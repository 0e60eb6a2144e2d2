namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// One hypercall: it has no state of its own, reads its arguments from the caller and answers for the caller's domain. The
/// domain's gate is held, and no other's; it is short, or it asks to be repeated.
/// </summary>
internal abstract class Hypercall
{
    /// <summary>Answers the call.</summary>
    /// <returns>0 or more when it succeeded, otherwise one of <see cref="XenError"/>.</returns>
    public abstract long Call(in HypercallCaller caller);
}
