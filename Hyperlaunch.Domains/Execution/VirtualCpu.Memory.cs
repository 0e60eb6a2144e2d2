namespace Hyperlaunch.Domains.Execution;

/// <content>Accesses that the nested page tables do not allow: first touches of memory, and devices.</content>
public sealed partial class VirtualCpu
{
    private void CompleteNestedPageFault()
    {
        SpinGate gate = _machine.Gate;
        gate.Enter();
        bool isMemory = _machine.Memory.TryPopulate(_exit.GuestPhysicalAddress);
        gate.Exit();
        if (!isMemory)
        {
            _machine.Stop(StopReason.UnhandledExit, this, in _exit);
        }
    }
}
