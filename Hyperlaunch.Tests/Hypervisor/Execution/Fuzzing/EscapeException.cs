using System;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>The hypervisor did what no guest may make it do.</summary>
internal sealed class EscapeException(string message) : Exception(message);
