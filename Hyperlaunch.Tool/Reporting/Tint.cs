namespace Hyperlaunch.Tool.Reporting;

/// <summary>What a piece of text is, which decides its colour.</summary>
internal enum Tint
{
    /// <summary>Ordinary text.</summary>
    Plain,

    /// <summary>A heading or a name.</summary>
    Strong,

    /// <summary>Something that matters less.</summary>
    Faint,

    /// <summary>An error.</summary>
    Error,

    /// <summary>A warning.</summary>
    Warning,

    /// <summary>A note.</summary>
    Note,
}
