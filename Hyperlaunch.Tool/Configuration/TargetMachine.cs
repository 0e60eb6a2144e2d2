namespace Hyperlaunch.Tool.Configuration;

/// <summary>What a command was told of the machine and of the launch.</summary>
internal sealed record TargetMachine
{
    /// <summary>Bytes of memory; 0 when nothing was said.</summary>
    public ulong Memory { get; init; }

    /// <summary>CPUs; 0 when nothing was said.</summary>
    public uint Processors { get; init; }

    /// <summary>The hypervisor's command line; null to take the menu entry's.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The modules after the configuration.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>The title of the menu entry to read.</summary>
    public string? Entry { get; init; }

    /// <summary>The folder that the menu's absolute paths start from.</summary>
    public string? Root { get; init; }
}
