using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Hosting;

/// <summary>Puts into force on a CPU what its <see cref="SpeculationPolicy"/> sets once.</summary>
internal static class SpeculationControl
{
    /// <summary>Decides what protects the CPU that executes this, and sets its registers accordingly.</summary>
    public static SpeculationPolicy EnableCpu(VirtualizationHost host)
    {
        IHostProcessor processor = host.Processor;
        ulong capabilities = SpeculationFacts.HasCapabilities(processor) ? host.ReadMsr(Msr.ArchitecturalCapabilities) : 0;
        SpeculationPolicy policy = SpeculationPolicy.Decide(new SpeculationFacts(processor, capabilities));
        if (policy.Branches == BranchRestriction.Automatic)
        {
            Set(host, Msr.Efer, ControlBits.EferAutomaticRestricted);
        }

        if ((policy.Measures & SpeculationMeasures.SwitchControl) != 0)
        {
            host.WriteMsr(Msr.SpeculationControl, policy.HostControl);
        }

        if (policy.DisablesTransactions)
        {
            Set(host, Msr.TransactionControl, SpeculationBits.TransactionsOff);
        }

        if (policy.ProtectsGathers)
        {
            ProtectGathers(host);
        }

        if (policy.SerializesFences)
        {
            Set(host, Msr.DecoderConfiguration, SpeculationBits.SerializingFence);
        }

        if (policy.ReducesSpeculation)
        {
            Set(host, Msr.BranchConfiguration, SpeculationBits.SpeculationReduced);
        }

        return policy;
    }

    private static void Set(VirtualizationHost host, uint register, ulong bits)
    {
        ulong value = host.ReadMsr(register);
        if ((value & bits) != bits)
        {
            host.WriteMsr(register, value | bits);
        }
    }

    // Firmware may have turned it off, and then need not have locked it (Intel, "Gather Data Sampling").
    private static void ProtectGathers(VirtualizationHost host)
    {
        ulong options = host.ReadMsr(Msr.MicrocodeOptions);
        if ((options & (SpeculationBits.GatherUnsafe | SpeculationBits.GatherLock)) == SpeculationBits.GatherUnsafe)
        {
            host.WriteMsr(Msr.MicrocodeOptions, options & ~SpeculationBits.GatherUnsafe);
        }
    }
}
