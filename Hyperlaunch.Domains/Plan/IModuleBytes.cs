using System;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Access to the bytes of boot modules: physical memory on the machine, files on a desk.</summary>
public interface IModuleBytes
{
    /// <summary>Gets a module's bytes, or of a module whose range is not readable nothing.</summary>
    ReadOnlySpan<byte> Get(BootModule module);
}
