using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>A guest interface that interrupts by a vector of its own while a flag is up, as Xen's upcall does.</summary>
internal sealed class FakeUpcallInterface(byte vector) : FakeGuestInterface(0x55, 0x4000_0055, 0x55), IInterruptSource
{
    public bool IsPending { get; set; }

    public VirtualMachine? Machine { get; private set; }

    public bool IsReleased { get; private set; }

    public void Attach(VirtualMachine machine) => Machine = machine;

    public void Release() => IsReleased = true;

    public bool EndsWait(VirtualCpu cpu) => IsPending;

    public bool HasInterrupt(VirtualCpu cpu, out byte upcall)
    {
        upcall = vector;
        return IsPending;
    }
}
