using System;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>What is done about a failure, beside recording it. Every other domain goes on in any case.</summary>
[Flags]
internal enum FailureResponse
{
    /// <summary>It is recorded and shown; nothing else.</summary>
    None = 0,

    /// <summary>The domain is built again.</summary>
    Restart = 1 << 0,

    /// <summary>The recovery domain is started, with the console.</summary>
    StartRecovery = 1 << 1,

    /// <summary>The domain with the recovery role, which runs already, is told.</summary>
    TellRecovery = 1 << 2,

    /// <summary>The launch goes on as the plan says, without the boot domain.</summary>
    ContinueLaunch = 1 << 3,
}
