using System;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>Where the answers to commands go.</summary>
internal interface IControlOutput
{
    /// <summary>Whether a line of <see cref="ControlChannel.LongestAnswer"/> bytes fits now.</summary>
    bool HasRoom { get; }

    /// <summary>Takes a line with its end.</summary>
    void Write(ReadOnlySpan<byte> line);
}
