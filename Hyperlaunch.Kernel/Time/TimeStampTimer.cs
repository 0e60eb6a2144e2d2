using Hyperlaunch.Kernel.Instructions;

namespace Hyperlaunch.Kernel.Time;

/// <summary>The time-stamp counter, where the processor tells its frequency but not that of the local APIC's timer.</summary>
/// <param name="kilohertz">Its frequency in kHz.</param>
internal sealed class TimeStampTimer(ulong kilohertz) : ReferenceTimer
{
    private const ulong HertzPerKilohertz = 1_000;

    /// <inheritdoc/>
    public override string Name => "cpuid";

    /// <inheritdoc/>
    public override ulong Hertz => kilohertz * HertzPerKilohertz;

    /// <inheritdoc/>
    public override uint Mask => uint.MaxValue;

    /// <inheritdoc/>
    public override uint Read() => (uint)Processor.ReadTimeStamp();
}
