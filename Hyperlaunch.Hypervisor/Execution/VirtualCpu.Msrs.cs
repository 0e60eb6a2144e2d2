using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <content>Model-specific registers.</content>
public sealed partial class VirtualCpu
{
    private void CompleteReadMsr()
    {
        uint index = (uint)_processor.GetRegister(GuestRegister.Rcx);
        if (!TryReadMsr(index, out ulong value))
        {
            InjectGeneralProtection();
            return;
        }

        _processor.SetRegister(GuestRegister.Rax, (uint)value);
        _processor.SetRegister(GuestRegister.Rdx, value >> 32);
        FinishInstruction();
    }

    private void CompleteWriteMsr()
    {
        uint index = (uint)_processor.GetRegister(GuestRegister.Rcx);
        if (!TryWriteMsr(index, ReadEdxEax()))
        {
            InjectGeneralProtection();
            return;
        }

        FinishInstruction();
    }

    private bool TryReadMsr(uint index, out ulong value)
    {
        if (IsApicMsr(index))
        {
            SpinGate gate = _machine.Gate;
            gate.Enter();
            bool known = Apic.TryReadMsr(index, out value);
            gate.Exit();
            return known;
        }

        switch (index)
        {
            case Msr.TimeStampCounter:
                value = _clock.TimeStamp + Apic.TimeStampOffset;
                return true;
            case Msr.Efer:
                value = _processor.Efer;
                return true;
            case Msr.FeatureControl:
            case Msr.MiscEnable:
                value = 1;
                return true;
            case Msr.DecoderConfiguration:
                value = 1 << 1;
                return true;
            case Msr.PlatformId:
            case Msr.PatchLevel:
            case Msr.HardwareConfiguration:
            case Msr.NorthbridgeConfiguration:
            case Msr.InterruptPending:
                value = 0;
                return true;
            default:
                return _processor.TryReadMsr(index, out value) || _machine.Interfaces.TryReadMsr(this, index, out value);
        }
    }

    private bool TryWriteMsr(uint index, ulong value)
    {
        if (IsApicMsr(index))
        {
            SpinGate gate = _machine.Gate;
            gate.Enter();
            bool taken = Apic.TryWriteMsr(index, value);
            gate.Exit();
            return taken;
        }

        switch (index)
        {
            case Msr.TimeStampCounter:
                SetTimeStamp(value);
                return true;
            case Msr.Efer:
                return TryWriteEfer(value);
            case Msr.PatchLevel:
            case Msr.HardwareConfiguration:
            case Msr.NorthbridgeConfiguration:
            case Msr.DecoderConfiguration:
            case Msr.MiscEnable:
                return true;
            default:
                return _processor.TryWriteMsr(index, value) || _machine.Interfaces.TryWriteMsr(this, index, value);
        }
    }

    private void SetTimeStamp(ulong value)
    {
        ulong offset = value - _clock.TimeStamp;
        SpinGate gate = _machine.Gate;
        gate.Enter();
        Apic.TimeStampOffset = offset;
        _processor.TimeStampOffset = offset;
        _machine.Interfaces.OnTimeStampSet(this);
        gate.Exit();
    }

    // AMD APM volume 2, section 3.1.7: LMA is the processor's; LME may not change while paging is on.
    private bool TryWriteEfer(ulong value)
    {
        ulong current = _processor.Efer;
        bool changesMode = ((value ^ current) & ControlBits.EferLongModeEnable) != 0;
        if ((value & ~_cpuid.AllowedEfer) != 0 || (changesMode && (_processor.Cr0 & ControlBits.Cr0Paging) != 0))
        {
            return false;
        }

        _processor.Efer = (value & ~ControlBits.EferLongModeActive) | (current & ControlBits.EferLongModeActive);
        return true;
    }

    private static bool IsApicMsr(uint index)
        => index is Msr.ApicBase or Msr.TscDeadline or (>= Msr.X2ApicFirst and <= Msr.X2ApicLast);
}
