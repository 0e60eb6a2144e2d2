namespace Hyperlaunch.Tests.Kernel;

/// <summary>What plays the machine.</summary>
internal enum Emulator
{
    /// <summary>Fast; AMD's extension only, and it flushes every translation at each entry.</summary>
    Qemu,

    /// <summary>
    /// Ten times slower and stricter; AMD's extension and Intel's, and its log says which check of an entry failed. It boots from
    /// an ISO through a BIOS.
    /// </summary>
    Bochs,
}
