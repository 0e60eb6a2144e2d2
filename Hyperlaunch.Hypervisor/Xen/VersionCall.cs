using System;
using System.Text;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>xen_version (17): what this says it is, and what features it has (Xen public/version.h, features.h).</summary>
internal sealed class VersionCall : Hypercall
{
    private const ulong VersionNumber = 0;
    private const ulong ExtraVersion = 1;
    private const ulong Capabilities = 3;
    private const ulong ChangeSet = 4;
    private const ulong PlatformParameters = 5;
    private const ulong Features = 6;
    private const ulong PageSize = 7;

    private const int ExtraVersionSize = 16;
    private const int CapabilitiesSize = 1024;
    private const int ChangeSetSize = 64;

    // auto_translated_physmap, hvm_callback_vector, hvm_safe_pvclock; and whether memory lies where the machine has it.
    private const uint CommonFeatures = (1u << 2) | (1u << 8) | (1u << 9);
    private const uint NotDirectMapped = 1u << 16;
    private const uint DirectMapped = 1u << 17;

    private readonly byte[] _extraVersion = Text(".hyperlaunch", ExtraVersionSize);
    private readonly byte[] _capabilities = Text("hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ", CapabilitiesSize);
    private readonly byte[] _changeSet = Text("unavailable", ChangeSetSize);

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller) => caller.First switch
    {
        VersionNumber => XenInterface.Version,
        ExtraVersion => Answer(in caller, _extraVersion),
        Capabilities => Answer(in caller, _capabilities),
        ChangeSet => Answer(in caller, _changeSet),
        PlatformParameters => TellStart(in caller),
        Features => TellFeatures(in caller),
        PageSize => 4096,
        _ => XenError.NoSuchCall,
    };

    private static long Answer(in HypercallCaller caller, byte[] text)
        => caller.TryWrite(caller.Second, text) ? 0 : XenError.BadAddress;

    // xen_platform_parameters: where the hypervisor lies in a paravirtualized guest; here nowhere.
    private static unsafe long TellStart(in HypercallCaller caller)
    {
        ulong start = 0;
        return caller.TryWrite(caller.Second, new ReadOnlySpan<byte>(&start, caller.WordSize)) ? 0 : XenError.BadAddress;
    }

    // xen_feature_info: which 32 of the features, in; their bits, out.
    private static long TellFeatures(in HypercallCaller caller)
    {
        if (!caller.TryReadU32(caller.Second, out uint index))
        {
            return XenError.BadAddress;
        }

        bool isDirect = caller.Cpu.Machine.Memory.Layout.IsDirectMapped;
        uint features = index == 0 ? CommonFeatures | (isDirect ? DirectMapped : NotDirectMapped) : 0;
        return index > 1 ? XenError.Invalid
            : caller.TryWriteU32(caller.Second + sizeof(uint), features) ? 0
            : XenError.BadAddress;
    }

    private static byte[] Text(string text, int size)
    {
        byte[] bytes = new byte[size];
        Encoding.ASCII.GetBytes(text, 0, text.Length, bytes, 0);
        return bytes;
    }
}
