using System;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>What a fake host does in place of a panic.</summary>
internal sealed class HostFailedException(string message) : Exception(message);
