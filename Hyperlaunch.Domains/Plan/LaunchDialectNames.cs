namespace Hyperlaunch.Domains.Plan;

/// <summary>The names of dialects, as events, messages and the command line have them.</summary>
public static class LaunchDialectNames
{
    /// <summary>Every dialect that a tree can be written in, in the order in which they appeared.</summary>
    public static LaunchDialect[] All { get; } =
    [
        LaunchDialect.Year2021, LaunchDialect.Year2022, LaunchDialect.Year2023, LaunchDialect.Year2025, LaunchDialect.Dom0less,
    ];

    /// <summary>The name of a dialect.</summary>
    public static string Name(LaunchDialect dialect) => dialect switch
    {
        LaunchDialect.Dom0less => "dom0less",
        LaunchDialect.Year2021 => "2021",
        LaunchDialect.Year2022 => "2022",
        LaunchDialect.Year2023 => "2023",
        LaunchDialect.Year2025 => "2025",
        _ => "classic",
    };
}
