using System.Collections.Generic;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Tests.Platform.Interrupts;

/// <summary>Keeps what interrupt controllers told the processors, as short words: <c>int 0</c>, <c>sipi 1 9F</c>.</summary>
internal sealed class RecordingSignals : IProcessorSignals
{
    public List<string> Log { get; } = [];

    public void Interrupt(int processor) => Log.Add($"int {processor}");

    public void Nmi(int processor) => Log.Add($"nmi {processor}");

    public void Init(int processor) => Log.Add($"init {processor}");

    public void Startup(int processor, byte vector) => Log.Add($"sipi {processor} {vector:X2}");
}
