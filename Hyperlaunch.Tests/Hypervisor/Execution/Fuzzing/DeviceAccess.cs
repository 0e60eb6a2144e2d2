namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>One access of a guest to a device.</summary>
internal readonly record struct DeviceAccess(DeviceAccess.Space Kind, uint Address, ulong Value, byte Size, bool IsRead)
{
    public enum Space
    {
        Port,
        Msr,
        Memory,
    }

    public static DeviceAccess Out(int port, ulong value, int size = 1) => new(Space.Port, (uint)port, value, (byte)size, false);

    public static DeviceAccess In(int port, int size = 1) => new(Space.Port, (uint)port, 0, (byte)size, true);

    public static DeviceAccess Wrmsr(uint index, ulong value) => new(Space.Msr, index, value, 8, false);

    public static DeviceAccess Rdmsr(uint index) => new(Space.Msr, index, 0, 8, true);

    public static DeviceAccess Store(uint address, ulong value) => new(Space.Memory, address, value, 4, false);

    public static DeviceAccess Load(uint address) => new(Space.Memory, address, 0, 4, true);
}
