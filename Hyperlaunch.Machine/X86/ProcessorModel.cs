namespace Hyperlaunch.Machine.X86;

/// <summary>Which processor it is (AMD APM volume 3, appendix E.3.2; Intel SDM volume 2, CPUID, figure 3-6).</summary>
public readonly struct ProcessorModel
{
    private const uint AmdEbx = 0x6874_7541;
    private const uint HygonEbx = 0x6F67_7948;
    private const uint IntelEbx = 0x756E_6547;
    private const uint HypervisorBit = 1u << 31;
    private const int ExtendedFamily = 0xF;
    private const int FamilyWithModels = 6;

    /// <summary>Asks CPUID.</summary>
    public ProcessorModel(IHostProcessor processor)
    {
        uint vendor = processor.Cpuid(0, 0).Ebx;
        CpuidResult features = processor.Cpuid(1, 0);
        uint signature = features.Eax;
        IsAmd = vendor is AmdEbx or HygonEbx;
        IsIntel = vendor == IntelEbx;
        IsVirtual = (features.Ecx & HypervisorBit) != 0;
        Stepping = (int)(signature & 0xF);
        Family = (int)(signature >> 8 & 0xF);
        Model = (int)(signature >> 4 & 0xF);
        if (Family is ExtendedFamily or FamilyWithModels)
        {
            Model |= (int)(signature >> 12 & 0xF0);
        }

        Family += Family == ExtendedFamily ? (int)(signature >> 20 & 0xFF) : 0;
    }

    /// <summary>AMD's, or Hygon's of AMD's design.</summary>
    public bool IsAmd { get; }

    /// <summary>Intel's.</summary>
    public bool IsIntel { get; }

    /// <summary>There is a hypervisor below: what it shows need not be what there is.</summary>
    public bool IsVirtual { get; }

    /// <summary>The family with its extension.</summary>
    public int Family { get; }

    /// <summary>The model with its extension.</summary>
    public int Model { get; }

    /// <summary>The stepping.</summary>
    public int Stepping { get; }
}
