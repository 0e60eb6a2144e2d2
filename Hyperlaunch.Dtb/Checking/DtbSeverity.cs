namespace Hyperlaunch.Dtb;

/// <summary>How much a finding of <see cref="DtbChecker"/> weighs.</summary>
public enum DtbSeverity : byte
{
    /// <summary>The blob can be read, and libfdt reads it, but it breaks the specification and nobody should write it.</summary>
    Defect,

    /// <summary>The blob, or what follows in it, cannot be read at all.</summary>
    Unreadable,
}
