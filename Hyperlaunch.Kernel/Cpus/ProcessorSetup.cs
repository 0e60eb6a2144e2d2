using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Cpus;

/// <summary>
/// What firmware may have left different on each CPU, or undone: memory types, machine checks, idle states, the time-stamp
/// counter. The boot CPU goes first; the others are compared with it. What is wrong becomes a notice.
/// </summary>
internal sealed class ProcessorSetup
{
    // CR4 (Intel SDM volume 3, 2.5).
    private const ulong Cr4MachineCheck = 1 << 6;

    private readonly IHostProcessor _processor;
    private readonly ProcessorModel _model;
    private readonly MemoryTypeRanges _memoryTypes;
    private readonly ulong _adjustment;

    /// <summary>Sets the boot CPU up.</summary>
    public ProcessorSetup(IHostProcessor processor)
    {
        _processor = processor;
        _model = new ProcessorModel(processor);
        _memoryTypes = new MemoryTypeRanges(processor, ModelRegisters.Instance);
        _adjustment = TimeStampCounter.ReadAdjustment(processor, ModelRegisters.Instance);
        EnableCpu(0);
    }

    /// <summary>Sets up another CPU, which executes this.</summary>
    /// <param name="index">Its number.</param>
    public void EnableOther(int index)
    {
        uint differs = _memoryTypes.FindDifference(ModelRegisters.Instance);
        if (differs != 0)
        {
            Notices.Add("The memory types of CPU " + (uint)index + " are not the boot CPU's (MSR " + NumberText.Hex(differs)
                + "): its caches may show old data. That is firmware's to mend.");
        }

        if (TimeStampCounter.Align(_processor, ModelRegisters.Instance, _adjustment))
        {
            Notices.Add("The time-stamp counter of CPU " + (uint)index + " was adjusted to the boot CPU's.");
        }

        EnableCpu(index);
    }

    private void EnableCpu(int index)
    {
        if (PageAttributes.Enable(_processor, ModelRegisters.Instance))
        {
            Processor.WriteBackCaches();
            Processor.WriteCr3(Processor.ReadCr3());
        }

        IdleControl.DisableEnhancedHalt(in _model, ModelRegisters.Instance);
        if (MachineChecks.Exist(_processor))
        {
            EnableMachineChecks(index);
        }
    }

    // After this an error is an exception, and not a CPU that shuts down.
    private void EnableMachineChecks(int index)
    {
        int stale = MachineChecks.Enable(in _model, ModelRegisters.Instance, out MachineCheckBank bank);
        if (stale != 0)
        {
            Notices.Add("CPU " + (uint)index + " had errors from before in " + (uint)stale + " banks, the first: bank "
                + (uint)bank.Number + ", status " + NumberText.Hex(bank.Status) + ", address " + NumberText.Hex(bank.Address)
                + ", " + bank.Severity + ".");
        }

        MachineCheckReport.Use();
        Processor.WriteCr4(Processor.ReadCr4() | Cr4MachineCheck);
    }
}
