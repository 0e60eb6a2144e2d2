namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Reads fields of a control structure.</summary>
internal interface IVmcsReader
{
    /// <summary>A field's value.</summary>
    /// <param name="field">One of <see cref="VmcsField"/>.</param>
    ulong Read(uint field);
}
