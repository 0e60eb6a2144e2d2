namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// One word of controls and what the processor lets software choose in it: a bit of the capability's lower half says that the
/// control must be 1, a clear bit of its upper half that it must be 0 (Intel SDM vol 3, A.3 to A.5).
/// </summary>
internal readonly struct VmxControlWord
{
    private const int Bits = 32;

    private readonly uint _mustBeOne;
    private readonly uint _mayBeOne;
    private readonly string _name;
    private readonly string[] _controls;

    /// <summary>Takes a capability.</summary>
    /// <param name="name">What the word is called.</param>
    /// <param name="capability">The capability MSR's value.</param>
    /// <param name="controls">The names of the controls by bit; missing ones are null.</param>
    public VmxControlWord(string name, ulong capability, string[] controls)
    {
        _name = name;
        _mustBeOne = (uint)capability;
        _mayBeOne = (uint)(capability >> Bits);
        _controls = controls;
    }

    /// <summary>Whether all of some controls can be 1.</summary>
    public bool Offers(uint controls) => (controls & ~_mayBeOne) == 0;

    /// <summary>The nearest word to a wanted one that the processor takes.</summary>
    public uint Sanitize(uint wanted) => (wanted | _mustBeOne) & _mayBeOne;

    /// <summary>Checks that some controls can be 1 and others 0.</summary>
    /// <param name="required">Controls that must be offered.</param>
    /// <param name="unwanted">Controls that must not be forced.</param>
    /// <param name="problem">The control that is lost, when the answer is false.</param>
    public bool TryRequire(uint required, uint unwanted, out string problem)
    {
        uint missing = required & ~_mayBeOne;
        uint forced = unwanted & _mustBeOne;
        if ((missing | forced) == 0)
        {
            problem = "";
            return true;
        }

        bool isMissing = missing != 0;
        int bit = LowestBit(isMissing ? missing : forced);
        string name = bit < _controls.Length ? _controls[bit] : "";
        string verb = isMissing ? "lacks" : "cannot turn off";
        problem = $"this processor's VMX {verb} the control \"{name}\" ({_name} controls, bit {bit}), so that no domain can run";
        return false;
    }

    private static int LowestBit(uint value)
    {
        int bit = 0;
        while ((value >> bit & 1) == 0)
        {
            bit++;
        }

        return bit;
    }
}
