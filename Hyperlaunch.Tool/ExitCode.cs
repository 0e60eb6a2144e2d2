namespace Hyperlaunch.Tool;

/// <summary>What the process returns, for scripts.</summary>
internal static class ExitCode
{
    /// <summary>Done, and nothing is wrong with the configuration.</summary>
    public const int Success = 0;

    /// <summary>The configuration has errors (with <c>--strict</c>: errors or warnings).</summary>
    public const int Problems = 1;

    /// <summary>
    /// It could not be done: a file is missing or unreadable, a program is not installed, the arguments are wrong.
    /// </summary>
    public const int Failure = 2;
}
