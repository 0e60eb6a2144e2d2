namespace Hyperlaunch.Dtb;

/// <summary>
/// What <see cref="DeviceTree.TryOpen(System.ReadOnlySpan{byte}, DtbStrictness, out DeviceTree, out DtbError)"/> lets pass.
/// </summary>
public enum DtbStrictness : byte
{
    /// <summary>Nothing: a finding of either severity refuses the blob.</summary>
    Strict,

    /// <summary>Defects: what libfdt reads is read. <see cref="DtbChecker"/> reports them.</summary>
    Lenient,
}
