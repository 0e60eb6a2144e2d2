namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>A page fault that an access on behalf of a guest met.</summary>
internal readonly struct LinearFault
{
    public LinearFault(ulong address, uint errorCode)
    {
        Address = address;
        ErrorCode = errorCode;
    }

    /// <summary>The linear address, for CR2.</summary>
    public ulong Address { get; }

    /// <summary>The #PF error code.</summary>
    public uint ErrorCode { get; }
}
