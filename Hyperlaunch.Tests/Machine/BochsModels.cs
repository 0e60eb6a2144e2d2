namespace Hyperlaunch.Tests.Machine;

/// <summary>The processors of Bochs that have a virtualization extension.</summary>
internal static class BochsModels
{
    /// <summary>AMD's SVM.</summary>
    public const string Amd = "ryzen";

    /// <summary>Intel's VMX with EPT, unrestricted guest and the preemption timer.</summary>
    public const string Intel = "corei7_skylake_x";
}
