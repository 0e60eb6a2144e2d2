using System;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>Where a person types: what is typed is shown, and success needs no word.</summary>
internal interface ITerminal
{
    /// <summary>Shows what was typed.</summary>
    void Echo(ReadOnlySpan<byte> text);
}
